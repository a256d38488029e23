"""Latency and throughput of the churn service beside a bare FastAPI endpoint, in one run.

``python -m tests.bench.bench_serving``. Each server is a process held to one core (where the
system can do that); the load comes from this process, over loopback, with keep-alive. The two are
measured in turns, so that a busy machine slows both. "Bare" reads a body and returns
``{"ok": true}``: it is the ceiling that FastAPI and uvicorn set.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import psutil

BARE = """
import socket, sys, threading, uvicorn
from fastapi import FastAPI, Request
app = FastAPI()

@app.post("/predict")
async def bare(request: Request):
    await request.body()
    return {"ok": True}

server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))

def stop():
    sys.stdin.buffer.read()
    server.should_exit = True

threading.Thread(target=stop, daemon=True).start()
with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server.run(sockets=[listener])
"""


@contextmanager
def server(*command):
    """Start a server held to one core; yield its port; stop it."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        port = int(re.search(r"(\d+)\s*$", process.stdout.readline())[1])
        if hasattr(os, "sched_setaffinity"):
            core = max(os.sched_getaffinity(0))
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                os.sched_setaffinity(int(thread), {core})
        try:
            yield port, process.pid
        finally:
            process.stdin.close()
            process.wait(15)


def message(body):
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def ask(reader, writer, request):
    """Send one request, read one answer; return its status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1]))
    return int(head[9:12])


async def load(port, requests, connections, seconds):
    """Keep ``connections`` busy for ``seconds``; return latencies in seconds, rate, failures."""
    latencies, failures = [], 0
    end = time.perf_counter() + seconds

    async def one(k):
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        i = k
        while (start := time.perf_counter()) < end:
            failures += await ask(reader, writer, requests[i % len(requests)]) != 200
            latencies.append(time.perf_counter() - start)
            i += connections
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(one(k) for k in range(connections)))
    return np.array(latencies), len(latencies) / (time.perf_counter() - start), failures


def measure(ports, requests, connections, seconds, rounds=5):
    """Load the servers in turns; return per name latencies, rates, CPU time a request, failures."""
    found = {name: ([], [], [], []) for name in ports}
    for _ in range(rounds):
        for name, (port, pid) in ports.items():
            before = cpu(pid)
            latency, rate, failures = asyncio.run(
                load(port, requests, connections, seconds / rounds)
            )
            found[name][0].append(latency)
            found[name][1].append(rate)
            found[name][2].append((cpu(pid) - before) / len(latency))
            found[name][3].append(failures)
    return {
        name: (np.concatenate(a), np.array(b), np.median(c), sum(d))
        for name, (a, b, c, d) in found.items()
    }


def cpu(pid):
    """Return the CPU seconds that a process has used; what others take does not count."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def main():
    from tests.chapters.churn_service import body, make_bundle

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="per row of the table and server"
    )
    args = parser.parse_args()
    bundle, _, table = make_bundle()
    requests = [message(body(table, i)) for i in range(200)]
    with tempfile.TemporaryDirectory() as tmp, ExitStack() as stack:
        folder = bundle.save(Path(tmp) / "bundle")
        log = str(Path(tmp) / "predictions.sqlite")
        ports = {
            "bare": stack.enter_context(server("-c", BARE)),
            "churn": stack.enter_context(server("-m", "nnlib.serving", str(folder), "--log", log)),
        }
        measure(ports, requests, 4, 1.0, 1)  # warm up
        print(f"\nOne core for the server, load {os.getloadavg()[0]:.1f}\n")
        print("| connections | server | median ms | p99 ms | requests/s | ÷ bare "
              "| CPU µs a request | failures |")  # fmt: skip
        print("|---:|---|---:|---:|---:|---:|---:|---:|")
        for connections in (1, 8, 32):
            found = measure(ports, requests, connections, args.seconds)
            for name, (latency, rate, used, failures) in found.items():
                share = np.median(rate / found["bare"][1])
                print(
                    f"| {connections} | {name} | {1e3 * np.median(latency):.2f} "
                    f"| {1e3 * np.quantile(latency, 0.99):.2f} | {np.median(rate):,.0f} "
                    f"| {share:.2f} | {1e6 * used:,.0f} | {failures} |", flush=True,
                )  # fmt: skip


if __name__ == "__main__":
    main()
