"""Time of one training step (forward, backward, update with Adam) against others.

Run it with ``make bench``, or ``python -m tests.bench.bench_training --threads 1``. Ratios below 1
mean that nnlib is quicker; each is the median of ratios over interleaved rounds.
"""

import argparse
import os
import subprocess
import sys
import time
import tracemalloc
import warnings
from itertools import pairwise

import numpy as np

NETS = [
    ((2, 16, 2), 32),
    ((64, 64, 32, 10), 32),
    ((32, 64, 32, 16, 2), 64),
    ((784, 128, 64, 10), 128),
    ((784, 500, 250, 100, 10), 128),
    ((784, 1024, 1024, 10), 256),
]
LR = 1e-4


class MyDense:
    """A learner's layer: no base class, gradients rebound in every backward."""

    params = ("W", "b")

    def __init__(self, n, m, rng):
        self.W, self.b = rng.normal(0, np.sqrt(2 / n), size=(n, m)), np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW, self.db = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.W.T


class MyReLU:
    """A learner's activation."""

    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


def make_net(sizes, dtype, dense, relu):
    import nnlib as nn

    rng = np.random.default_rng(0)
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [dense(n_in, n_out, rng), relu()]
    net = nn.Sequential(*layers[:-1])
    return net, nn.Adam(nn.Parameters(net, dtype), LR)


def nnlib_step(sizes, batch, dtype, learner=False):
    import nnlib as nn

    kinds = (MyDense, MyReLU) if learner else (nn.Dense, nn.ReLU)
    net, optimizer = make_net(sizes, dtype, *kinds)
    x, y = data(sizes, batch, dtype)

    def step():
        scores = net.forward(x, train=True)
        net.backward_params(nn.softmax_cross_entropy(scores, y)[1])
        optimizer.step()

    return step


def data(sizes, n, dtype):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, sizes[0])).astype(dtype), rng.integers(0, sizes[-1], n)


def nnlib_epoch(sizes, batch, dtype, n_batches):
    import nnlib as nn

    net, optimizer = make_net(sizes, dtype, nn.Dense, nn.ReLU)
    rows, rng = data(sizes, batch * n_batches, dtype), np.random.default_rng(2)
    return lambda: nn.fit(
        net, nn.softmax_cross_entropy, optimizer, rows, epochs=1, batch_size=batch, rng=rng
    )


def sklearn_epoch(sizes, batch, dtype, n_batches):
    from sklearn.neural_network import MLPClassifier

    x, y = data(sizes, batch * n_batches, dtype)
    net = MLPClassifier(sizes[1:-1], batch_size=batch, learning_rate_init=LR, alpha=0.0)
    net.partial_fit(x, y, classes=np.arange(sizes[-1]))
    return lambda: net.partial_fit(x, y)


def torch_net(sizes, dtype, fused):
    import torch

    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1]).to(getattr(torch, dtype))
    return net, torch.optim.Adam(net.parameters(), LR, fused=fused)


def torch_step(sizes, batch, dtype, fused):
    import torch

    net, optimizer = torch_net(sizes, dtype, fused)
    x, y = (torch.from_numpy(a) for a in data(sizes, batch, dtype))
    loss = torch.nn.functional.cross_entropy

    def step():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return step


def matrix_products(sizes, batch, dtype):
    """Return the floor: the step's matrix products alone, into arrays that exist already."""
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(batch, n)).astype(dtype) for n in sizes]
    Ws = [rng.normal(size=shape).astype(dtype) for shape in pairwise(sizes)]
    outs, dWs = [np.empty_like(x) for x in xs], [np.empty_like(W) for W in Ws]

    def step():
        for i, W in enumerate(Ws):
            np.matmul(xs[i], W, out=outs[i + 1])
        for i in range(len(Ws) - 1, -1, -1):
            np.matmul(xs[i].T, xs[i + 1], out=dWs[i])
            if i:  # nobody needs the gradient of the data
                np.matmul(xs[i + 1], Ws[i].T, out=outs[i])

    return step


def n_parameters(sizes):
    return sum(a * b + b for a, b in pairwise(sizes))


def memory(sizes, batch, dtype):
    """Return peak bytes while training, and the allowance: 4 vectors and two sets of activations."""
    tracemalloc.start()
    try:
        step = nnlib_step(sizes, batch, dtype)
        step()
        tracemalloc.reset_peak()
        for _ in range(3):
            step()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # an activation is what a layer puts out: Dense and ReLU for hidden widths, Dense for the last
    activations = batch * (sizes[0] + 2 * sum(sizes[1:-1]) + sizes[-1])
    return peak, (4 * n_parameters(sizes) + 2 * activations) * np.dtype(dtype).itemsize


def row(sizes, batch, dtype, seconds, clock):
    from tests.bench.timing import race, ratio

    step = {
        "nnlib": nnlib_step(sizes, batch, dtype),
        "learner": nnlib_step(sizes, batch, dtype, learner=True),
        "torch": torch_step(sizes, batch, dtype, fused=False),
        "fused": torch_step(sizes, batch, dtype, fused=True),
        "floor": matrix_products(sizes, batch, dtype),
    }
    n_batches = 10 if sizes[0] > 500 else 40
    epoch = {
        "fit": nnlib_epoch(sizes, batch, dtype, n_batches),
        "sklearn": sklearn_epoch(sizes, batch, dtype, n_batches),
    }
    t, e = race(step, seconds, clock=clock), race(epoch, seconds, 5, clock)
    peak, allowance = memory(sizes, batch, dtype)
    return (
        f"| {'-'.join(map(str, sizes))} B{batch} | {dtype} "
        f"| {1e6 * np.median(t['nnlib']):,.0f} "
        f"| {ratio(e, 'fit', 'sklearn'):.2f} "
        f"| {ratio(t, 'nnlib', 'torch'):.2f} | {ratio(t, 'nnlib', 'fused'):.2f} "
        f"| {ratio(t, 'nnlib', 'torch', 'fused'):.2f} | {ratio(t, 'nnlib', 'floor'):.2f} "
        f"| {ratio(t, 'learner', 'nnlib'):.2f} | {peak / allowance:.2f} |"
    )


def profile(sizes, batch, seconds, clock):
    """Return where a float32 step's time goes, as a row: what a target missed is made of.

    The same step on one row does next to no arithmetic in a small net: what it takes is the
    price of calling Python and NumPy.
    """
    import torch

    import nnlib as nn
    from tests.bench.timing import race

    net, optimizer = make_net(sizes, "float32", nn.Dense, nn.ReLU)
    one, _ = make_net(sizes, "float32", nn.Dense, nn.ReLU)
    x, y = data(sizes, batch, "float32")
    scores = net.forward(x, train=True)
    dscores = nn.softmax_cross_entropy(scores, y)[1]
    theirs, fused = torch_net(sizes, "float32", fused=True)
    rows, labels = torch.from_numpy(x), torch.from_numpy(y)

    def there_and_back():
        fused.zero_grad()
        torch.nn.functional.cross_entropy(theirs(rows), labels).backward()

    def one_row():
        one.backward_params(nn.softmax_cross_entropy(one.forward(x[:1], train=True), y[:1])[1])

    there_and_back()
    parts = [
        matrix_products(sizes, batch, "float32"),
        lambda: net.forward(x, train=True),
        lambda: nn.softmax_cross_entropy(scores, y),
        lambda: net.backward_params(dscores),
        optimizer.step,
        one_row,
        there_and_back,
        fused.step,
    ]
    times = race(dict(enumerate(parts)), seconds, clock=clock)
    cells = " | ".join(f"{1e6 * np.median(t):,.1f}" for t in times.values())
    return f"| {'-'.join(map(str, sizes))} B{batch} | {cells} |"


def profiles(seconds, clock):
    from tests.bench.timing import race

    print("\nWhere the time of a step goes, in µs, float32, one thread\n")
    print("| net | matrix products alone | forward | loss | backward | Adam "
          "| one row: forward, loss, backward | PyTorch forward, loss, backward "
          "| PyTorch fused Adam |")  # fmt: skip
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for sizes, batch in NETS:
        print(profile(sizes, batch, seconds, clock), flush=True)
    n = n_parameters(NETS[-1][0])
    print(f"\nWhat Adam on {n:,} parameters is made of, in µs\n\n| part | time |\n|---|---:|")
    for name, t in race(adam_passes(n), seconds, clock=clock).items():
        print(f"| {name} | {1e6 * np.median(t):,.0f} |")


def adam_passes(n):
    """Return NumPy's kinds of pass over ``n`` entries in cache: ten of them are a step of Adam."""
    from nnlib.optimizers import BLOCK

    size = min(BLOCK, n)
    a, b, s = (np.ones(size, "float32") for _ in range(3))
    times = -(-n // size)

    def over(ufunc, *arguments):
        def run():
            for _ in range(times):
                ufunc(*arguments)

        return run

    return {
        "a pass with a number (4 in Adam)": over(np.multiply, a, np.float32(1), s),
        "a pass that adds two arrays (3)": over(np.add, a, b, s),
        "a pass that squares (1)": over(np.multiply, a, a, s),
        "a pass that takes roots (1)": over(np.sqrt, a, s),
        "a pass that divides (1)": over(np.divide, a, b, s),
    }


def table(threads, seconds):
    import torch

    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    # With one thread, CPU time leaves out what other processes on the machine take.
    clock, name = (time.process_time, "CPU") if threads == 1 else (time.perf_counter, "wall")
    print(
        f"\nOne step with Adam, {threads} thread(s), {name} time, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| net | dtype | nnlib µs | ÷ sklearn | ÷ torch | ÷ fused | ÷ torch's best | ÷ floor "
          "| learner ÷ nnlib | memory ÷ allowance |")  # fmt: skip
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for dtype in ("float32", "float64"):
        for sizes, batch in NETS:
            print(row(sizes, batch, dtype, seconds, clock), flush=True)
    if threads == 1:
        profiles(2 * seconds, clock)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, help="1 or 2; without it both, one after the other")
    parser.add_argument("--seconds", type=float, default=2.0, help="per race")
    args = parser.parse_args()
    if args.threads:
        table(args.threads, args.seconds)
        return
    for threads in (1, 2):  # BLAS reads its thread count once, when it is loaded
        env = os.environ | {
            name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        }
        command = [sys.executable, "-m", "tests.bench.bench_training", "--threads", str(threads)]
        subprocess.run([*command, "--seconds", str(args.seconds)], env=env, check=True)


if __name__ == "__main__":
    main()
