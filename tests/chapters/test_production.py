"""Chapter 10: the bundle and the service, with good requests and with every bad one we know."""

import json
import sqlite3
import subprocess
import sys
import threading

import httpx
import numpy as np
import pytest

import nnlib
from nnlib import drift
from nnlib.bundle import CATEGORICAL, NUMERIC, Bundle, Preprocessor, construct, describe, features
from nnlib.predictions import PredictionLog
from nnlib.serving import LEVELS, MAX_BATCH, level, running, table_of
from tests.chapters.churn_service import body, make_bundle, make_frame, request


@pytest.fixture(scope="module")
def made():
    return make_bundle()


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    return made[0].save(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def log_path(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "predictions.sqlite"


@pytest.fixture(scope="module")
def client(folder, log_path):
    with running(folder, log_path) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture
def row(made):
    table = made[2]
    return request(
        table, int(np.flatnonzero(~np.isnan(table["satisfaction"]) & ~np.isnan(table["age"]))[0])
    )


def post(client, content, path="/predict"):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(path, content=content, headers={"content-type": "application/json"})


# --- features and preprocessing -----------------------------------------------------------------


def test_plain_preprocessing_equals_the_column_transformer(made):
    bundle, transformer, _ = made
    fresh = nnlib.datasets.churn(500, np.random.default_rng(9))
    expected = transformer.transform(make_frame(fresh))
    np.testing.assert_allclose(
        bundle.preprocessor.transform(features(fresh)), expected, rtol=1e-12, atol=1e-12
    )
    assert len(bundle.preprocessor.names()) == expected.shape[1]


def test_an_unknown_category_gives_zeros_as_in_training(made):
    bundle, transformer, table = made
    odd = {name: column[:3].copy() for name, column in table.items()}
    odd["region"] = np.array(["atlantis"] * 3)
    mine = bundle.preprocessor.transform(features(odd))
    np.testing.assert_allclose(mine, transformer.transform(make_frame(odd)), atol=1e-12)
    block = [i for i, name in enumerate(bundle.preprocessor.names()) if name.startswith("region=")]
    assert len(block) == 4
    assert not mine[:, block].any()


def test_features_do_not_depend_on_the_day_they_are_computed(made):
    table = made[2]
    later = {name: column.copy() for name, column in table.items()}
    for name in ("snapshot", "last_payment"):
        later[name] = later[name] + np.timedelta64(400, "D")
    for name, column in features(table).items():
        np.testing.assert_array_equal(column, features(later)[name])


def test_features_use_no_label_and_no_identity(made):
    table = {k: v for k, v in made[2].items() if k not in ("churned", "customer_id")}
    assert set(features(table)) == {*NUMERIC, *CATEGORICAL}


def test_another_transformer_is_refused():
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import StandardScaler

    fitted = ColumnTransformer([("scale", StandardScaler(), [0])]).fit(np.eye(3))
    with pytest.raises(ValueError, match="from_sklearn expects"):
        Preprocessor.from_sklearn(fitted)


# --- saving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_round_trip_gives_the_same_bits(tmp_path, dtype):
    bundle, _, table = make_bundle(600, 1, dtype)
    again = Bundle.load(bundle.save(tmp_path))
    assert np.array_equal(again.probability(table), bundle.probability(table))
    assert (again.threshold, again.about, again.reference) == (
        bundle.threshold,
        bundle.about,
        bundle.reference,
    )


def test_a_row_alone_gives_what_it_gives_in_a_table(made):
    bundle, _, table = made
    p = bundle.probability(table)
    alone = [bundle.probability({k: v[i : i + 1] for k, v in table.items()})[0] for i in range(40)]
    np.testing.assert_allclose(alone, p[:40], rtol=1e-12)


def test_the_bundle_holds_no_code(folder):
    assert sorted(p.name for p in folder.iterdir()) == ["bundle.json", "weights.npz"]
    json.loads((folder / "bundle.json").read_text())
    with np.load(folder / "weights.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fiU" for name in file.files)


def test_mixed_up_files_are_refused(made, tmp_path):
    made[0].save(tmp_path / "a")
    other, _, _ = make_bundle(600, 1)
    other.save(tmp_path / "b")
    (tmp_path / "b" / "weights.npz").replace(tmp_path / "a" / "weights.npz")
    with pytest.raises(ValueError, match="not the file that"):
        Bundle.load(tmp_path / "a")


def test_another_format_is_refused(made, tmp_path):
    made[0].save(tmp_path)
    text = (tmp_path / "bundle.json").read_text().replace('"format": 1', '"format": 7')
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(ValueError, match="format 7"):
        Bundle.load(tmp_path)


def test_only_known_kinds_of_layer_are_built():
    with pytest.raises(ValueError, match=r"got 'os\.system'"):
        construct([{"kind": "os.system"}], np.dtype(float))
    with pytest.raises(TypeError, match="got Softmax"):
        describe(nnlib.Sequential(nnlib.Softmax()))


def test_onnx_gives_the_same_probabilities(made, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    export = pytest.importorskip("nnlib.onnx").export
    bundle, _, table = made
    x = bundle.preprocessor.transform(features(table))
    path = export(bundle.net, tmp_path / "net.onnx", x[:1], dtype=np.float64)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for rows in (x[:1], x):
        (scores,) = session.run(None, {"x": rows})
        np.testing.assert_allclose(
            scores, nnlib.training.predict(bundle.net, rows), rtol=1e-9, atol=1e-9
        )


# --- good requests ------------------------------------------------------------------------------


def test_the_service_answers_what_the_bundle_says(client, made):
    bundle, _, table = made
    p = bundle.probability(table)
    for i in range(30):
        reply = post(client, body(table, i))
        assert reply.status_code == 200
        answer = reply.json()
        assert answer["customer_id"] == i
        assert answer["probability"] == pytest.approx(p[i], abs=1e-6)
        assert answer["act"] == (p[i] >= bundle.threshold)
        assert (answer["level"], answer["action"]) == level(p[i], bundle.threshold)
        assert answer["act"] == (answer["action"] != "none")


def test_many_at_once(client, made):
    bundle, _, table = made
    reply = post(client, [request(table, i) for i in range(100)], "/predict-many")
    assert reply.status_code == 200
    np.testing.assert_allclose(
        [a["probability"] for a in reply.json()], bundle.probability(table)[:100], atol=1e-6
    )


def test_missing_answers_are_allowed_where_training_had_gaps(client, row):
    assert post(client, {**row, "age": None, "satisfaction": None}).status_code == 200


def test_level_and_action_never_contradict_each_other():
    order = [name for _, name, _ in LEVELS]
    seen = [level(p) for p in np.linspace(1, 0, 201)]
    assert [order.index(name) for name, _ in seen] == sorted(order.index(name) for name, _ in seen)
    assert len(set(seen)) == len(LEVELS)


@pytest.mark.parametrize("threshold", [0.0, 1 / 6, 0.3, 0.4, 0.55, 0.7, 1.0])
def test_who_is_not_acted_on_has_no_action(threshold):
    for p in (*np.linspace(0, 1, 201), threshold):
        name, action = level(p, threshold)
        assert name == level(p)[0]
        assert (p >= threshold) == (action != "none")


def test_the_interface_describes_itself(client):
    schema = client.get("/openapi.json").json()
    content = schema["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert "contract" in content["schema"]["required"]


# --- bad requests -------------------------------------------------------------------------------

BAD = {
    "text for a number": ({"monthly_charge": "expensive"}, "monthly_charge"),
    "a number as text": ({"tenure_months": "12"}, "tenure_months"),
    "a bool for a number": ({"sessions_30d": True}, "sessions_30d"),
    "a list for a number": ({"age": [41]}, "age"),
    "an object for a word": ({"region": {"name": "north"}}, "region"),
    "a fraction of a session": ({"sessions_30d": 2.5}, "sessions_30d"),
    "null where a number must be": ({"monthly_charge": None}, "monthly_charge"),
    "an unknown category": ({"contract": "three-year"}, "contract"),
    "a category in capitals": ({"region": "North"}, "region"),
    "a negative count": ({"tickets_90d": -1}, "tickets_90d"),
    "out of range": ({"satisfaction": 6}, "satisfaction"),
    "a huge integer": ({"customer_id": 10**30}, "customer_id"),
    "a huge float": ({"monthly_charge": 1e300}, "monthly_charge"),
    "a field too many": ({"churned": 1}, "churned"),
    "no date": ({"snapshot": "yesterday"}, "snapshot"),
    "a date that is none": ({"snapshot": "2023-02-30"}, "snapshot"),
    "a payment after the snapshot": ({"last_payment": "2050-01-01"}, "body"),
}


def assert_refused(client, reply, status=422, where=None):
    assert reply.status_code == status, reply.text
    problems = reply.json()["detail"]
    assert problems
    assert all(set(p) == {"where", "problem"} for p in problems)
    if where is not None:
        assert [p["where"].split(".")[0] for p in problems] == [where]
    assert client.get("/health").json()["status"] == "ok"


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_field_is_named(client, row, name):
    changes, where = BAD[name]
    assert_refused(client, post(client, {**row, **changes}), 422, where)


@pytest.mark.parametrize("field", ["customer_id", "snapshot", "age", "contract", "usage_trend"])
def test_a_missing_field_is_named(client, row, field):
    del row[field]
    assert_refused(client, post(client, row), 422, field)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["usage_trend", "age"])
def test_what_is_no_finite_number_is_refused(client, row, token, field):
    text = json.dumps({**row, field: 0.125}).replace("0.125", token)
    assert_refused(client, post(client, text.encode()), 422, field)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"42",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"a=1&b=2",
    ],
    ids=[
        "empty",
        "cut off",
        "null",
        "list",
        "number",
        "text",
        "no utf-8",
        "deep list",
        "deep object",
        "form",
    ],
)
def test_what_is_no_customer_is_refused(client, content):
    assert_refused(client, post(client, content))


def test_an_empty_batch_and_a_large_one_are_refused(client, row):
    assert_refused(client, post(client, [], "/predict-many"))
    many = [{"customer_id": 1}] * (MAX_BATCH + 1)
    assert_refused(client, post(client, many, "/predict-many"))
    assert_refused(
        client, post(client, [row, {**row, "region": "mars"}], "/predict-many"), 422, "1"
    )


def test_ten_megabytes_are_refused(client, row):
    padding = json.dumps({**row, "region": "x" * 10_000_000}).encode()
    assert_refused(client, post(client, padding), 413)


def test_ten_megabytes_in_chunks_without_a_length_are_refused(client):
    chunks = (b"x" * 65536 for _ in range(160))
    assert_refused(client, client.post("/predict", content=chunks), 413)


def test_other_paths_and_methods(client):
    assert client.get("/nothing").status_code == 404
    assert client.get("/predict").status_code == 405


def test_a_refusal_repeats_nothing_that_was_sent(client, row):
    assert "s3cret" not in post(client, {**row, "region": "s3cret"}).text


def test_a_client_that_hangs_up_does_no_harm(client, row):
    import socket

    host, port = client.base_url.host, client.base_url.port
    for sent in (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
        b"\x16\x03\x01 no http",
    ):
        with socket.create_connection((host, port)) as s:
            s.sendall(sent)
    assert post(client, row).status_code == 200


def test_good_and_bad_requests_side_by_side(client, row):
    codes = {"good": [], "bad": []}

    def ask(kind, content):
        with httpx.Client(base_url=client.base_url, timeout=30) as mine:
            codes[kind] += [post(mine, content).status_code for _ in range(40)]

    threads = [
        threading.Thread(target=ask, args=(kind, content))
        for kind, content in [("good", row), ("bad", {**row, "age": "old"})] * 3
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert codes == {"good": [200] * 120, "bad": [422] * 120}


# --- the log and the watch ----------------------------------------------------------------------


def test_every_answer_is_on_record_and_no_refusal(tmp_path, folder, made):
    table = made[2]
    path = tmp_path / "log.sqlite"
    with running(folder, path) as address, httpx.Client(base_url=address) as client:
        answers = [post(client, body(table, i)).json() for i in range(25)]
        post(client, body(table, 0, age="old"))
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT customer_id, p, version, features, churned FROM predictions ORDER BY id"
        ).fetchall()
    connection.close()
    assert [r[0] for r in rows] == list(range(25))
    np.testing.assert_allclose([r[1] for r in rows], [a["probability"] for a in answers], atol=1e-6)
    assert {r[2] for r in rows} == {"test-1"}
    assert {r[4] for r in rows} == {None}
    logged = table_of([json.loads(r[3]) for r in rows])
    np.testing.assert_allclose(made[0].probability(logged), [r[1] for r in rows], rtol=1e-9)


def test_the_service_ends_with_its_parent(folder, tmp_path):
    code = f"""
from nnlib.serving import running
import os, httpx
with running({str(folder)!r}, {str(tmp_path / "log.sqlite")!r}) as address:
    print(address, flush=True)
    os._exit(1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    address = done.stdout.strip()
    assert address.startswith("http")
    for _ in range(100):
        try:
            httpx.get(f"{address}/health", timeout=1)
        except httpx.HTTPError:
            return
    pytest.fail("the service outlived the process that started it")


def test_a_bundle_that_is_not_there_is_an_error_at_once(tmp_path):
    with (
        pytest.raises(RuntimeError, match="did not start"),
        running(tmp_path / "none", tmp_path / "log"),
    ):
        pass


def test_the_log_keeps_the_newest_rows(tmp_path):
    log = PredictionLog(tmp_path / "log.sqlite", keep=10)
    for i in range(35):
        log.write(i, f'{{"i": {i}}}', 0.5, "v")
        if i % 7 == 0:
            log.flush()
    log.flush()
    assert [json.loads(text)["i"] for text in log.recent(100)] == list(range(34, 24, -1))
    assert log.counts() == {"logged": 35, "dropped": 0, "failed": 0}
    log.close()


def test_labels_arrive_late(tmp_path):
    log = PredictionLog(tmp_path / "log.sqlite")
    for i, p in enumerate((0.1, 0.9, 0.4)):
        log.write(i, "{}", p, "v")
    log.flush()
    assert log.outcomes() == []
    assert log.label(1, True) == 1
    assert log.label(7, True) == 0
    assert log.outcomes() == [(0.9, 1)]
    log.close()


def test_a_broken_disk_costs_rows_and_not_the_service(tmp_path):
    log = PredictionLog(tmp_path / "log.sqlite")
    with sqlite3.connect(log.path) as connection:
        connection.execute("DROP TABLE predictions")
    connection.close()
    log.write(1, "{}", 0.5, "v")
    log.flush()
    assert log.counts() == {"logged": 0, "dropped": 0, "failed": 1}
    log.close()


def test_drift_over_http(client, made):
    table = made[2]
    for start in range(0, 1000, MAX_BATCH):
        shifted = [
            {**request(table, i), "tickets_90d": int(table["tickets_90d"][i]) + 3}
            for i in range(start, start + MAX_BATCH)
        ]
        assert post(client, shifted, "/predict-many").status_code == 200
    for _ in range(100):
        if client.get("/health").json()["logged"] >= 1000:
            break
    report = client.get("/drift").json()
    assert report["verdict"] == "act"
    assert next(iter(report["psi"])) == "tickets_90d"


# --- distances ----------------------------------------------------------------------------------


def test_ks_is_that_of_scipy():
    scipy_stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(3)
    for n, m, shift in ((400, 300, 0.0), (500, 700, 0.2), (50, 60, 1.0)):
        a, b = rng.normal(size=n), rng.normal(shift, size=m)
        expected = scipy_stats.ks_2samp(a, b, method="asymp")
        distance = drift.ks(a, b)
        assert distance == pytest.approx(expected.statistic, abs=1e-12)
        # scipy's asymptotic value rests on a rounded effective sample size
        assert drift.ks_p_value(distance, n, m) == pytest.approx(
            expected.pvalue, rel=0.25, abs=0.01
        )


def test_psi_without_drift_has_the_mean_that_its_docstring_gives():
    rng = np.random.default_rng(0)
    n, bins = 500, 10
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    values = [
        drift.psi(drift.shares(rng.random(n), edges), drift.shares(rng.random(n), edges))
        for _ in range(400)
    ]
    assert np.mean(values) == pytest.approx((bins - 1) * (2 / n), rel=0.1)


def test_psi_is_zero_for_equal_and_symmetric():
    a, b = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.5, 0.0])
    assert drift.psi(a, a) == 0
    assert drift.psi(a, b) == pytest.approx(drift.psi(b, a))
    assert np.isfinite(drift.psi(a, b))


def test_missing_values_are_a_bin_of_their_own():
    edges = np.array([0.0, 1.0])
    np.testing.assert_allclose(drift.shares(np.array([-1, 0.5, 2, np.nan]), edges), [0.25] * 4)


def test_false_discoveries_are_controlled():
    rng = np.random.default_rng(0)
    p = rng.random((2000, 25))
    at_all = np.mean([drift.false_discovery(row).any() for row in p])
    assert at_all == pytest.approx(0.05, abs=0.015)
    assert np.mean((p < 0.05).any(axis=1)) == pytest.approx(1 - 0.95**25, abs=0.03)


def test_false_discovery_by_hand():
    p = np.array([0.001, 0.9, 0.02, 0.03, 0.04])
    assert drift.false_discovery(p, 0.05).tolist() == [True, False, True, True, True]
