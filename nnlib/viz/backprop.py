"""Widgets of chapter 2: a graph with numbers on it, the worked example, the gradient check."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.viz.controls import choice, slider, stepper, switch
from nnlib.viz.explorer import Explorer
from nnlib.viz.scene import Panel, Scene

__all__ = ["box", "calculator", "difference_errors", "graph_walk", "kink", "u_curve"]

Array = NDArray[np.float64]


def _sigmoid(z: float) -> float:
    return float(0.5 * (1 + np.tanh(z / 2)))


def _number(value: float) -> str:
    return f"{value + 0.0:.3f}".replace("-0.000", "0.000")


# --- a computational graph, one step at a time --------------------------------------------------

_PLACES = {
    "w": (0.9, 4.8), "x": (0.9, 2.4), "b": (3.5, 1.1), "m": (3.5, 3.6), "z": (6.1, 2.6),
    "p": (8.7, 2.6), "L": (11.3, 2.6),
}  # fmt: skip
_EDGES = (("w", "m"), ("x", "m"), ("m", "z"), ("b", "z"), ("z", "p"), ("p", "L"))
_FORMULAS = {
    "w": "w", "x": "x", "b": "b", "m": "m = w · x", "z": "z = m + b", "p": "p = σ(z)",
    "L": "L = (p − y)²",
}  # fmt: skip
_KNOWN_FROM = {"w": 0, "x": 0, "b": 0, "m": 1, "z": 2, "p": 3, "L": 4}
_PULLED_FROM = {"L": 5, "p": 6, "z": 7, "m": 8, "b": 8, "w": 9, "x": 9}


def _walk_values(w: float, x: float, b: float, y: float) -> tuple[dict[str, float], ...]:
    """Return the values of the nodes, their gradients, and the derivative along each edge."""
    m = w * x
    z = m + b
    p = _sigmoid(z)
    values = {"w": w, "x": x, "b": b, "m": m, "z": z, "p": p, "L": (p - y) ** 2}
    local = {"pL": 2 * (p - y), "zp": p * (1 - p), "mz": 1.0, "bz": 1.0, "wm": x, "xm": w}
    grads = {"L": 1.0}
    for child, parent in (("p", "L"), ("z", "p"), ("m", "z"), ("b", "z"), ("w", "m"), ("x", "m")):
        grads[child] = grads[parent] * local[child + parent]
    return values, grads, local


def _walk_note(step: int, v: dict[str, float], g: dict[str, float], d: dict[str, float]) -> str:
    f = _number
    return (
        "Start: three numbers are given. Press Step.",
        f"Forward: m = w · x = {f(v['w'])} · {f(v['x'])} = {f(v['m'])}",
        f"Forward: z = m + b = {f(v['m'])} + {f(v['b'])} = {f(v['z'])}",
        f"Forward: p = σ(z) = {f(v['p'])}",
        f"Forward: L = (p − y)² = {f(v['L'])}",
        "Backward starts: dL/dL = 1",
        f"Backward: dL/dp = 1 · 2 (p − y) = {f(g['p'])}",
        f"Backward: dL/dz = dL/dp · p (1 − p) = {f(g['p'])} · {f(d['zp'])} = {f(g['z'])}",
        f"Backward: a sum passes the gradient on: dL/dm = dL/db = {f(g['z'])}",
        f"Backward: a product crosses over: dL/dw = dL/dm · x = {f(g['w'])}, "
        f"dL/dx = dL/dm · w = {f(g['x'])}",
    )[step]


def box(panel: Panel, x: float, y: float, *, half: float = 0.72, active: bool = False) -> None:
    """Draw the frame of a node centred on ``(x, y)``."""
    edge = "ink" if active else "frame"
    panel.rect(x - half, y - 0.36, x + half, y + 0.36, "paper", alpha=1.0, edge=edge)


def _draw_walk(w: float, x: float, b: float, y: float, step: int) -> Scene:
    values, grads, local = _walk_values(w, x, b, y)
    panel = Panel(axes=False, xlim=(0, 12.2), ylim=(0, 5.8))
    for start, end in _EDGES:
        (x0, y0), (x1, y1) = _PLACES[start], _PLACES[end]
        lit = step >= _PULLED_FROM[start]
        rise = (y1 - y0) / (x1 - x0)
        xa, xb = x0 + 0.8, x1 - 0.8
        ya, yb = y0 + 0.8 * rise, y1 - 0.8 * rise
        panel.arrow(xa, ya, xb, yb, "orange" if lit else "muted", width=2.4 if lit else 1.6)
        if lit:
            words = f"× {_number(local[start + end])}"
            side = (26.0, -12.0) if rise < 0 else (-26.0, -12.0) if rise > 0 else (0.0, -14.0)
            panel.text((xa + xb) / 2, (ya + yb) / 2, words, "orange", size=12, shift=side)
    for name, (px, py) in _PLACES.items():
        first = _KNOWN_FROM[name]
        active = step in (first, _PULLED_FROM[name]) and step > 0
        box(panel, px, py, active=active)
        panel.text(px, py, _FORMULAS[name], size=13, bold=active, halo=False)
        if step >= first:
            panel.text(px, py + 0.36, _number(values[name]), "blue", shift=(0, -11))
        if step >= _PULLED_FROM[name]:
            panel.text(px, py - 0.36, _number(grads[name]), "orange", shift=(0, 12))
    panel.text(11.3, 5.2, f"target y = {_number(y)}", "muted", size=13)
    panel.text(6.2, 0.75, "above: value", "blue", size=12, align="left")
    words = "below: dL/d(node);  on an arrow: its slope"
    panel.text(6.2, 0.3, words, "orange", size=12, align="left")
    return Scene(panel, note=_walk_note(step, values, grads, local), width=820, height=400)


def graph_walk() -> Explorer:
    """Return a sigmoid neuron with its loss as a graph: Step goes forward, then backward."""
    controls = {
        "step": stepper(9, interval=1200),
        "w": slider(-3, 3, 1.5), "x": slider(-3, 3, 0.8), "b": slider(-3, 3, -0.5),
        "y": slider(0, 1, 1.0, 0.01),
    }  # fmt: skip
    return Explorer(_draw_walk, controls, name="graph walk")


# --- the worked example -------------------------------------------------------------------------


def _draw_calculator(
    x1: float, x2: float, w11: float, b1: float, hidden: str, show_gradients: bool
) -> Scene:
    """Draw the 2-2-1 network of the worked example with all its numbers."""
    W, b = np.array([[w11, 0.6], [0.7, 0.2]]), np.array([b1, 0.2])
    v, c = np.array([0.4, 0.5]), 0.1
    x = np.array([x1, x2])
    z = x @ W + b
    a = np.maximum(z, 0) if hidden == "ReLU" else 1 / (1 + np.exp(-z))
    slope = (z > 0).astype(float) if hidden == "ReLU" else a * (1 - a)
    s = float(a @ v + c)
    p = _sigmoid(s)
    ds = p - 1.0  # of the cross-entropy with target 1
    dz = ds * v * slope
    panel = Panel(axes=False, xlim=(0, 10.6), ylim=(0, 6))
    spots = {"x0": (1, 4.4), "x1": (1, 1.4), "h0": (4.6, 4.4), "h1": (4.6, 1.4), "o": (8.8, 2.9)}
    weights = {
        ("x0", "h0"): (W[0, 0], x[0] * dz[0]), ("x1", "h0"): (W[1, 0], x[1] * dz[0]),
        ("x0", "h1"): (W[0, 1], x[0] * dz[1]), ("x1", "h1"): (W[1, 1], x[1] * dz[1]),
        ("h0", "o"): (v[0], a[0] * ds), ("h1", "o"): (v[1], a[1] * ds),
    }  # fmt: skip
    for (start, end), (weight, grad) in weights.items():
        (xa, ya), (xb, yb) = spots[start], spots[end]
        t = 0.28 if ya != yb and start != "h0" and start != "h1" else 0.5
        panel.arrow(xa + 0.5, ya, xb - 1.12, yb, "muted", width=1.6)
        at = (xa + 0.5 + t * (xb - xa - 1.62), ya + t * (yb - ya))
        words = _number(grad) if show_gradients else f"{weight:.2f}"
        side = (0.0, -11.0) if ya == yb else (26.0, -8.0 if yb < ya else 8.0)
        panel.text(*at, words, "orange" if show_gradients else "ink", size=12, shift=side)
    for k in range(2):
        px, py = spots[f"x{k}"]
        box(panel, px, py, half=0.5)
        panel.text(px, py, f"x{'₁₂'[k]} = {x[k]:.2f}", "blue", size=12, halo=False)
        px, py = spots[f"h{k}"]
        box(panel, px, py, half=1.12)
        panel.text(px, py, f"z = {z[k]:.3f}\na = {a[k]:.3f}", "blue", size=12, halo=False)
        bias = f"bias {b[k]:.2f}" if not show_gradients else f"dL/db = {_number(dz[k])}"
        shade = "orange" if show_gradients else "muted"
        panel.text(px, py - 0.36, bias, shade, size=12, shift=(0, 13))
    px, py = spots["o"]
    box(panel, px, py, half=1.12)
    panel.text(px, py, f"z = {s:.3f}\nŷ = {p:.3f}", "blue", size=12, halo=False)
    bias = f"bias {c:.2f}" if not show_gradients else f"dL/db = {_number(ds)}"
    panel.text(px, py - 0.36, bias, "orange" if show_gradients else "muted", size=12, shift=(0, 13))
    for px, words in ((1, "inputs"), (4.6, f"hidden, {hidden}"), (8.8, "output, sigmoid")):
        panel.text(px, 5.6, words, "muted", size=13)
    note = (
        f"z₁ = {W[0, 0]:.2f}·{x1:.2f} + 0.70·{x2:.2f} + {b1:.2f} = {z[0]:.3f}"
        f"     ŷ = σ({s:.3f}) = {p:.3f}"
    )
    if show_gradients:
        note = f"On the arrows: dL/dw for the target 1, L = −ln ŷ = {-np.log(p):.3f}"
    return Scene(panel, note=note, width=760, height=400)


def calculator() -> Explorer:
    """Return the worked example as a network whose inputs, one weight and one bias can be moved."""
    controls = {
        "x1": slider(-1, 1, 0.5, 0.05), "x2": slider(-1, 1, 0.8, 0.05),
        "w11": slider(-1, 1, 0.3, 0.05), "b1": slider(-1, 1, 0.1, 0.05),
        "hidden": choice(["ReLU", "sigmoid"]), "show_gradients": switch(False),
    }  # fmt: skip
    labels = {"x1": "x₁", "x2": "x₂", "w11": "w₁₁", "b1": "b₁"}
    return Explorer(_draw_calculator, controls, labels=labels, name="calculator")


# --- finite differences -------------------------------------------------------------------------

_SMOOTH: dict[str, Any] = {
    "exp(x)": (np.exp, np.exp),
    "sin(x)": (np.sin, np.cos),
    "x³": (lambda x: x**3, lambda x: 3 * x**2),
    "1/(1+exp(−x))": (
        lambda x: 1 / (1 + np.exp(-x)),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    ),
}
_STEPS = np.logspace(-15.5, -0.3, 160)


def difference_errors(
    function: str, x: float, precision: str, steps: NDArray[Any] = _STEPS
) -> dict[str, Array]:
    """Return the relative errors of three numerical slopes, one entry per step."""
    f, slope = _SMOOTH[function]
    real: Any = np.float32 if precision == "float32" else np.float64
    at, h = np.full(len(steps), x, real), steps.astype(real)
    with np.errstate(all="ignore"):
        ahead, behind = at + h, at - h
        numeric = {
            "one-sided": (f(ahead) - f(at)) / h,
            "central": (f(ahead) - f(behind)) / (2 * h),
            "complex step": np.imag(
                f(at + h * (np.complex64 if real is np.float32 else complex)(1j))
            )
            / h,
        }
        exact = float(slope(float(at[0])))
        errors = {k: np.abs(v.astype(float) - exact) / abs(exact) for k, v in numeric.items()}
    return {k: np.clip(np.nan_to_num(e, nan=10.0), 1e-17, 10.0) for k, e in errors.items()}


def _draw_u_curve(function: str, x: float, precision: str) -> Panel | Scene:
    errors = difference_errors(function, x, precision)
    decades = {10.0**k: f"1e{k}" for k in range(-15, 1, 3)}
    panel = Panel(
        f"Error of a numerical slope of {function} at x = {x:.2f}, {precision}",
        xlim=(3e-16, 0.5), ylim=(1e-17, 10), xscale="log", yscale="log",
        xlabel="step h", ylabel="relative error", xticks=decades,
        yticks={10.0**k: f"1e{k}" for k in range(-16, 1, 4)},
    )  # fmt: skip
    said, looks = [], {"one-sided": ("orange", "s"), "central": ("blue", "o")}
    panel.line(_STEPS, errors["complex step"], "green", width=2.0, label="complex step")
    for name, (color, marker) in looks.items():
        error = errors[name]
        panel.line(_STEPS, error, color, width=2.0, label=name)
        # The curve is ragged where rounding rules, so the best step is that of its smooth form.
        window = np.convolve(np.log(error), np.ones(9) / 9, mode="valid")
        best = int(np.argmin(window)) + 4
        h, typical = _STEPS[best], np.exp(window[best - 4])
        panel.points(h, typical, color, size=8, marker=marker)
        said.append(f"{name}: best near h = {h:.0e}, error about {typical:.0e}")
    return Scene(panel, note="\n".join(said), width=640, height=460)


def u_curve() -> Explorer:
    """Return the error of one-sided, central and complex-step slopes against the step size."""
    controls = {
        "function": choice(list(_SMOOTH)), "x": slider(0.2, 3, 1.0, 0.05),
        "precision": choice(["float64", "float32"]),
    }  # fmt: skip
    return Explorer(_draw_u_curve, controls, name="U-curve")


def _draw_kink(point: tuple[float, float], log_h: float) -> Scene:
    x = float(np.clip(point[0], -1.5, 1.5))
    x = 0.0 if abs(x) < 0.02 else x  # so that the kink itself can be hit by hand
    h = 10.0**log_h
    panel = Panel(
        "Slopes of relu by differences", xlim=(-1.6, 1.6), ylim=(-0.5, 1.7), xlabel="x",
        ylabel="relu(x)", legend="upper left",
    )  # fmt: skip

    def relu(t: float) -> float:
        return max(t, 0.0)

    left = (relu(x) - relu(x - h)) / h
    right = (relu(x + h) - relu(x)) / h
    central = (left + right) / 2
    grid = np.array([-1.6, 0.0, 1.6])
    panel.line(grid, np.maximum(grid, 0), "ink", width=3.0, label="relu")
    for slope, color, name in ((left, "orange", "left"), (right, "blue", "right")):
        ends = np.array([x - 0.7, x + 0.7])
        panel.line(ends, relu(x) + slope * (ends - x), color, dash=True, label=f"{name} slope")
    ends = np.array([x - h, x + h])
    panel.line(ends, [relu(x - h), relu(x + h)], "green", width=2.4, label="central")
    panel.points(ends, [relu(x - h), relu(x + h)], "green", size=4.5, marker="D")
    panel.handle("point", x, relu(x))
    backward = float(x > 0)
    verdict = "agrees with backward" if abs(central - backward) < 1e-6 else "differs from backward"
    inside = min(left, right) - 1e-9 <= backward <= max(left, right) + 1e-9
    return Scene(
        panel,
        note=f"left {left:.3f}   right {right:.3f}   central {central:.3f}   backward says "
        f"{backward:.0f}\nThe central difference {verdict}; "
        f"backward lies {'between' if inside else 'outside'} left and right.",
        width=620,
        height=430,
    )


def kink() -> Explorer:
    """Return relu with a point to drag over its kink, and the slopes that differences see there."""
    return Explorer(
        _draw_kink,
        {"log_h": slider(-3, 0, -0.6, 0.05)},
        points={"point": (0.1, 0.1)},
        labels={"log_h": "log₁₀ h"},
        name="kink",
    )
