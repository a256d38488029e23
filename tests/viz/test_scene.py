import numpy as np
import pytest

from nnlib.viz import Panel, Scene, mesh, render, shade
from nnlib.viz.axes import nice_ticks
from nnlib.viz.display import display_list
from nnlib.viz.style import CMAPS, THEMES, color


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-2, 2, 4, ["−2", "−1", "0", "1", "2"]),
        (0, 1000, 5, ["0", "200", "400", "600", "800", "1000"]),
        (0.001, 0.0049, 4, ["0.001", "0.002", "0.003", "0.004"]),
        (0, 3e5, 3, ["0", "1e+05", "2e+05", "3e+05"]),
    ],
)
def test_ticks_are_round_numbers(low, high, most, expected):
    assert [words for _, words in nice_ticks(low, high, most)] == expected


def ops(scene, kind):
    return [op for op in display_list(scene)["ops"] if op["op"] == kind]


def test_data_limits_leave_room_and_bars_stand_on_the_floor():
    display = display_list(Scene(Panel().bars([0, 1], [10, 20])))
    frame = display["panels"][0]
    assert frame["ylim"] == [0, 21]
    assert frame["xlim"][0] < -0.4
    assert frame["xlim"][1] > 1.4


def test_a_log_axis_shows_powers_and_skips_what_it_cannot_show():
    panel = Panel(yscale="log").line([1, 2, 3, 4], [1e-4, 0.0, 1e-2, 1.0])
    scene = Scene(panel)
    (curve,) = (op for op in ops(scene, "path") if op["stroke"] == "blue")
    assert np.isnan(curve["y"]).tolist() == [False, True, False, False]
    steps = np.diff(curve["y"][[0, 2, 3]])
    assert steps[0] == pytest.approx(steps[1])
    assert {"10⁻⁴", "10⁻³", "10⁰"} <= {op["s"] for op in ops(scene, "text")}


def test_a_field_lies_the_right_way_up():
    X1, X2 = mesh((0, 1), (0, 1), 4)
    (image,) = ops(Scene(Panel(xlim=(0, 1), ylim=(0, 1)).field(X2 + 0 * X1)), "image")
    rows = image["z"].reshape(4, 4)
    assert rows[0].min() == 1.0  # the top row of the screen is the largest x2
    assert rows[-1].max() == 0.0


def test_a_field_needs_two_axes_and_a_place():
    with pytest.raises(ValueError, match=r"\(rows, cols\), got \(3,\)"):
        Panel(xlim=(0, 1), ylim=(0, 1)).field(np.zeros(3))
    with pytest.raises(ValueError, match="give the Panel xlim and ylim"):
        Panel().field(np.zeros((3, 3)))


def test_contour_follows_the_values_at_cell_centres():
    X1, _ = mesh((0, 1), (0, 1), 50)
    panel = Panel(xlim=(0, 1), ylim=(0, 1)).contour(X1, [0.3])
    x = panel.items[-1]["x"]
    np.testing.assert_allclose(x[np.isfinite(x)], 0.3, atol=1e-12)


def test_equal_axes_are_equal():
    frame = display_list(Scene(Panel(xlim=(0, 4), ylim=(0, 1), equal=True)))["panels"][0]
    assert frame["box"][2] / 4 == pytest.approx(frame["box"][3])


def test_rows_and_columns():
    a, b, c = Panel("a"), Panel("b"), Panel("c")
    assert Scene(a).rows == [[a]]
    assert Scene([a, b]).rows == [[a, b]]
    assert Scene([[a, b], [c]]).rows == [[a, b], [c]]
    boxes = [frame["box"] for frame in display_list(Scene([[a, b], [c]]))["panels"]]
    assert boxes[0][0] < boxes[1][0]
    assert boxes[2][1] > boxes[0][1] + boxes[0][3]


@pytest.mark.parametrize("where", ["below", "upper right", "lower left"])
def test_a_legend_names_what_has_a_label_and_stays_on_the_card(where):
    panel = Panel(legend=where, xlim=(0, 1), ylim=(0, 1))
    for k in range(6):
        panel.line([0, 1], [0, k], label=f"a long label {k}")
    scene = Scene(panel.line([0, 1], [1, 0]), width=500, height=400)
    found = [op for op in ops(scene, "text") if op["s"].startswith("a long label")]
    assert len(found) == 6
    assert all(op["x"] > 0 and op["x"] + 7.5 * 14 < 500 and 0 < op["y"] < 400 for op in found)


def test_a_legend_below_a_narrow_box_uses_the_width_of_the_card():
    panel = Panel(xlim=(0, 1), ylim=(0, 4), equal=True)
    for k in range(3):
        panel.line([0, 1], [0, k], label=f"label nr {k}")
    found = [op for op in ops(Scene(panel, width=500), "text") if op["s"].startswith("label")]
    assert len({op["y"] for op in found}) == 1
    assert found[0]["x"] > 27
    assert found[-1]["x"] + 7.5 * 10 < 500


def test_no_legend_when_told_so():
    panel = Panel(legend="none").line([0, 1], [0, 1], label="secret")
    assert "secret" not in {op["s"] for op in ops(Scene(panel), "text")}


def test_an_arrow_ends_at_its_tip():
    panel = Panel(xlim=(0, 1), ylim=(0, 1)).arrow(0, 0, 1, 1)
    display = display_list(Scene(panel))
    head = display["ops"][[op.get("fill") for op in display["ops"]].index("ink")]
    left, top, width, _ = display["panels"][0]["box"]
    assert (head["x"][0], head["y"][0]) == pytest.approx((left + width, top))


def test_names_of_colours():
    assert color("blue") == THEMES["light"]["blue"]
    assert color("#123456") == "#123456"
    assert color("diverging@0.0") == CMAPS["light"]["diverging"][0]
    assert shade(5, 0, 1) == "diverging@1.000"
    assert set(THEMES["light"]) == set(THEMES["dark"])
    assert set(CMAPS["light"]) == set(CMAPS["dark"])


def _luminance(hexcode: str) -> float:
    rgb = np.array([int(hexcode[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "least"),
    [("ink", 12), ("muted", 4.5), *((n, 3.0) for n in ("blue", "orange", "green", "purple", "gold",
     "sky", "grey"))],
)  # fmt: skip
def test_contrast_with_the_paper_meets_wcag(theme, name, least):
    ours, paper = _luminance(color(name, theme)), _luminance(color("paper", theme))
    assert (max(ours, paper) + 0.05) / (min(ours, paper) + 0.05) >= least


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_matplotlib_twin_draws_every_kind_of_thing(theme):
    panel = Panel("Title", xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y")
    panel.field(np.eye(3)).contour(np.eye(3), [0.5]).line([0, 1], [0, 1], dash=True, label="line")
    panel.area([0, 1], [0.5, 1]).bars([0.5], [1]).rect(0, 0, 1, 1, edge="ink").hline(0.5).vline(0.5)
    panel.histogram([0.1, 0.2]).arrow(0, 0, 1, 1).text(0.5, 0.5, "two\nlines").handle("h", 0.5, 0.5)
    for marker in "os^vDPXx+":
        panel.points([0.5], [0.5], marker=marker, label=marker)
    fig = render(Scene(panel, note="note"), theme)
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 50
    assert pixels[0, 0, 3] == 0  # outside the round corner
    assert pixels[4, 280, 3] == 255
