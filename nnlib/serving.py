"""The churn model as a service: checked requests in, probabilities out, every answer on record.

An optional leaf: it needs FastAPI and uvicorn, and nothing in the engine imports it. Start it
with ``python -m nnlib.serving BUNDLE --log predictions.sqlite``.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)

from nnlib.bundle import Bundle, features
from nnlib.churn import Table
from nnlib.drift import ACT, WATCH, compare
from nnlib.predictions import PredictionLog

MAX_BODY = 256 * 1024  # bytes; 1000 customers take about 400 each, a batch of 500 fits
MAX_DRAIN = 64 * 1024 * 1024  # read and thrown away, so that the client gets to read the answer
MAX_BATCH = 500
MIN_DRIFT_ROWS = 200  # with fewer rows the PSI alarms by itself
LEVELS = (
    (0.7, "high", "call this week"),
    (0.4, "medium", "offer a review"),
    (0.0, "low", "call if time is left"),
)
"""One table for level and action, so that the two cannot contradict each other."""


def level(p: float, threshold: float = 0.0) -> tuple[str, str]:
    """Return risk level and recommended action; below ``threshold`` the action is "none"."""
    name, action = next((name, action) for least, name, action in LEVELS if p >= least)
    return name, action if p >= threshold else "none"


class _Strict(BaseModel):
    """No conversions, no unknown fields, no NaN: a wrong type is an error, not a guess."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="after")
    def no_future(self) -> Self:
        """Refuse a payment that lies after the snapshot."""
        if getattr(self, "last_payment", date.min) > getattr(self, "snapshot", date.max):
            msg = "last_payment lies after snapshot: the features would look into the future"
            raise ValueError(msg)
        return self


def customer_model(bundle: Bundle) -> type[BaseModel]:
    """Return the model of a request: its categories are those the bundle was trained on."""
    words = {name: Literal[tuple(known)] for name, known in bundle.preprocessor.categories.items()}
    day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
    made: type[BaseModel] = create_model(
        "Customer",
        __base__=_Strict,
        customer_id=(Annotated[int, Field(ge=0, le=2**53)], ...),
        snapshot=(day, ...),
        last_payment=(day, ...),
        tenure_months=(Annotated[float, Field(ge=0, le=1200)], ...),
        age=(Annotated[float, Field(ge=0, le=130)] | None, ...),
        monthly_charge=(Annotated[float, Field(ge=0, le=1e6)], ...),
        sessions_30d=(Annotated[int, Field(ge=0, le=100_000)], ...),
        minutes_30d=(Annotated[float, Field(ge=0, le=43_200)], ...),
        features_used=(Annotated[int, Field(ge=0, le=20)], ...),
        usage_trend=(Annotated[float, Field(ge=-10, le=10)], ...),
        tickets_90d=(Annotated[int, Field(ge=0, le=10_000)], ...),
        satisfaction=(Annotated[float, Field(ge=1, le=5)] | None, ...),
        **{name: (kind, ...) for name, kind in words.items()},  # type: ignore[call-overload]
    )
    return made


def table_of(customers: Sequence[Any]) -> Table:
    """Return columns ``(n,)`` from request objects or dictionaries of plain values."""
    rows = [c if isinstance(c, dict) else c.__dict__ for c in customers]
    table: Table = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if name in ("snapshot", "last_payment"):
            table[name] = np.array(values, dtype="datetime64[D]")
        else:  # None, where an answer may be missing, becomes NaN
            table[name] = np.array(values, dtype=float if None in values else None)
    return table


class BodyError(Exception):
    """A request that is refused before it is looked at."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the body; keep no more than ``limit`` bytes of it in memory, whatever is sent."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
        if size > MAX_DRAIN:
            break
    if size > limit:
        raise BodyError(413, f"the body is larger than {limit} bytes")
    return b"".join(parts)


def refusal(status: int, *problems: dict[str, str]) -> JSONResponse:
    """Return an answer that says what is wrong, and never repeats what was sent."""
    return JSONResponse({"detail": list(problems)}, status)


def create_app(bundle: Bundle, log: PredictionLog) -> FastAPI:
    """Return the application: ``/predict``, ``/predict-many``, ``/drift`` and ``/health``."""
    kind = customer_model(bundle)
    batch: Any = Annotated[list[kind], Field(min_length=1, max_length=MAX_BATCH)]  # type: ignore[valid-type]
    many: TypeAdapter[Any] = TypeAdapter(batch)
    version = str(bundle.about.get("version", "unknown"))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        log.close()

    app = FastAPI(title="Churn", version=version, lifespan=lifespan)

    def answer(customers: list[Any]) -> list[dict[str, Any]]:
        p = bundle.probability(table_of(customers)).tolist()
        answers = []
        for customer, value in zip(customers, p, strict=True):
            name, action = level(value, bundle.threshold)
            answers.append({
                "customer_id": customer.customer_id, "probability": round(value, 6),
                "act": value >= bundle.threshold, "level": name, "action": action,
                "version": version,
            })  # fmt: skip
            log.write(customer.customer_id, customer.model_dump_json(), value, version)
        return answers

    def body_schema(schema: dict[str, Any]) -> dict[str, Any]:
        content = {"application/json": {"schema": schema}}
        return {"requestBody": {"required": True, "content": content}}

    @app.post("/predict", openapi_extra=body_schema(kind.model_json_schema()))
    async def predict_one(request: Request) -> Response:
        customer = kind.model_validate_json(await read_body(request))
        return Response(json.dumps(answer([customer])[0]), media_type="application/json")

    @app.post("/predict-many", openapi_extra=body_schema(many.json_schema()))
    async def predict_many(request: Request) -> Response:
        return JSONResponse(answer(many.validate_json(await read_body(request))))

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "version": version, "threshold": bundle.threshold, **log.counts()}

    @app.get("/drift")
    def drift_report() -> dict[str, Any]:
        return drift_of(bundle, log)

    _refuse_clearly(app)
    return app


def _refuse_clearly(app: FastAPI) -> None:
    """Turn what a client did wrong into a 4xx; the default reply would fail on NaN itself."""

    @app.exception_handler(ValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, ValidationError)
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return refusal(422, *(
            {"where": ".".join(map(str, e["loc"])) or "body", "problem": e["msg"]}
            for e in found[:20]
        ))  # fmt: skip

    @app.exception_handler(BodyError)
    async def too_large(request: Request, error: Exception) -> Response:
        assert isinstance(error, BodyError)
        return refusal(error.status, {"where": "body", "problem": error.problem})


def drift_of(bundle: Bundle, log: PredictionLog, rows: int = 2000) -> dict[str, Any]:
    """Return the PSI of every feature in the last ``rows`` predictions against training."""
    recent = [json.loads(text) for text in log.recent(rows)]
    if len(recent) < MIN_DRIFT_ROWS:
        return {"rows": len(recent), "verdict": "too few rows", "psi": {}}
    found = compare(bundle.reference, features(table_of(recent)))
    worst = max(found.values(), default=0.0)
    verdict = "act" if worst >= ACT else "watch" if worst >= WATCH else "stable"
    ranked = dict(sorted(((k, round(v, 4)) for k, v in found.items()), key=lambda pair: -pair[1]))
    return {"rows": len(recent), "verdict": verdict, "psi": ranked}


def serve(folder: str | Path, log: str | Path, port: int = 0) -> None:
    """Serve a bundle on loopback until standard input closes, or until interrupted."""
    app = create_app(Bundle.load(folder), PredictionLog(log))
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    server = uvicorn.Server(config)

    def stop_with_parent() -> None:
        sys.stdin.buffer.read()  # returns when whoever started us is gone, however it went
        server.should_exit = True

    # asyncio turns Nagle's algorithm off only where the socket says TCP; left on, it holds the
    # second half of every answer back: 44 ms measured instead of 2.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)  # before the address is told: whoever calls at once waits in line
        threading.Thread(target=stop_with_parent, daemon=True).start()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        server.run(sockets=[listener])


@contextmanager
def running(folder: str | Path, log: str | Path) -> Iterator[str]:
    """Run the service in a process of its own; yield its address; stop it in every case."""
    command = [sys.executable, "-m", "nnlib.serving", str(folder), "--log", str(log)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            msg = f"the service did not start: it ended with code {process.wait()}"
            raise RuntimeError(msg)
        try:
            yield address
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--log", type=Path, default=Path("predictions.sqlite"))
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    options = parser.parse_args()
    serve(options.bundle, options.log, options.port)
