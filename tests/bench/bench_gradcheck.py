"""Time of the gradient checkers against the loop that everyone writes first."""

from itertools import pairwise

import numpy as np

import nnlib as nn
from tests.bench.timing import per_call


def mlp(*sizes):
    rng = np.random.default_rng(0)
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Dense(n_in, n_out, rng), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def naive(net, x, y, entries):
    """Perturb one entry at a time through the layers' own arrays, two evaluations each."""
    done = 0
    for layer in net:
        for name in getattr(layer, "params", ()):
            array = getattr(layer, name)
            for i in np.ndindex(array.shape):
                if done == entries:
                    return
                kept = array[i]
                for h in (1e-5, -1e-5):
                    array[i] = kept + h
                    nn.softmax_cross_entropy(net.forward(x), y)
                array[i] = kept
                done += 1


def main():
    rng = np.random.default_rng(1)
    print("\nGradient checks, batch 32\n")
    print("| net | parameters | how | seconds | naive loop, seconds |")
    print("|---|---:|---|---:|---:|")
    for sizes in ((20, 60, 10, 10), (784, 500, 250, 100, 10)):
        net = mlp(*sizes)
        n = nn.probes.count_parameters(net)
        x, y = rng.normal(size=(32, sizes[0])), rng.integers(0, sizes[-1], 32)
        some = min(n, 500)
        loop = per_call(lambda net=net, x=x, y=y, some=some: naive(net, x, y, some), 1) / some * n
        check = per_call(
            lambda net=net, x=x, y=y: nn.check_network(net, nn.softmax_cross_entropy, x, y, rng), 3
        )
        how = "every entry" if n <= 2000 else "random directions"
        mark = "" if some == n else " (extrapolated)"
        print(f"| {'-'.join(map(str, sizes))} | {n:,} | {how} | {check:.2f} | {loop:,.2f}{mark} |")


if __name__ == "__main__":
    main()
