"""Chapter 10, production, continued: a learned table for categories."""

from __future__ import annotations

import numpy as np

from autograder.bank._numeric import vjp
from autograder.exercise import Case, Exercise, Right, Values, Wrong
from autograder.probe import call


def _cases(rng: np.random.Generator) -> list[Case]:
    """Return batches in which ids repeat, in a row and apart, and some rows of E are not met."""
    return [
        {"ids": np.array(ids), "E": rng.normal(size=(n_rows, d)), "dy": rng.normal(size=(len(ids), d))}
        for ids, n_rows, d in (([2, 0, 2, 2, 4], 6, 3), ([1], 4, 2), ([3, 3, 0, 1, 0, 3, 1], 5, 4))
    ]  # fmt: skip


def _truth(case: Case) -> Values:
    return {"dE": vjp(lambda E: E[case["ids"]], case["E"], case["dy"])}


EMBEDDING = Exercise(
    name="production-embedding",
    title="The gradient of a table of categories",
    difficulty=2,
    minutes=12,
    points=3,
    cases=_cases,
    probe=call,
    truth=_truth,
    options={"name": "embedding_gradient", "args": ("ids", "E", "dy"), "returns": ("dE",)},
    reference='''
def embedding_gradient(ids, E, dy):
    """Return dE, the gradient of the table E (n_rows, d), where y = E[ids] and dy is (n, d)."""
    dE = np.zeros_like(E)
    np.add.at(dE, ids, dy)
    return dE
''',
    wrong=(
        Wrong(
            "last-wins",
            "An id that comes more than once keeps only its last row. Assigning overwrites, and so does "
            "`dE[ids] += dy`, which reads all rows before it writes any; `np.add.at` adds each.",
            swap={"np.add.at(dE, ids, dy)": "dE[ids] += dy"},
        ),
        Wrong(
            "first-wins",
            "Only the first row of every id arrives; an id that comes three times gets the sum of all "
            "three.",
            code="""
def embedding_gradient(ids, E, dy):
    dE = np.zeros_like(E)
    known, first = np.unique(ids, return_index=True)
    dE[known] = dy[first]
    return dE
""",
        ),
        Wrong(
            "mean-by-id",
            "You take the mean over the rows of an id; every use of a row of `E` adds its gradient, so "
            "it is the sum.",
            swap={"    return dE": "    return dE / np.maximum(np.bincount(ids, minlength=len(E)), 1)[:, None]"},
        ),
        Wrong(
            "batch-mean",
            "You divide by the batch size; the loss has done that already.",
            swap={"return dE": "return dE / len(ids)"},
        ),
        Wrong(
            "looked-up",
            "You look up rows of `dy`; backwards the rows travel the other way, from the batch into "
            "the table.",
            code="""
def embedding_gradient(ids, E, dy):
    return dy[np.arange(len(E)) % len(dy)]
""",
        ),
        Wrong(
            "met-rows-only",
            "You return rows for the ids of this batch alone; `dE` has the shape of `E`, with zeros for "
            "those not met.",
            swap={"return dE": "return dE[np.unique(ids)]"},
        ),
        Wrong(
            "everywhere",
            "Rows of `E` that the batch never used get a gradient; theirs is zero.",
            code="""
def embedding_gradient(ids, E, dy):
    return np.zeros_like(E) + dy.sum(axis=0)
""",
        ),
        Wrong(
            "started-from-E",
            "Your sum starts from `E` itself; a gradient starts from zeros.",
            swap={"np.zeros_like(E)": "E.copy()"},
        ),
    ),
    right=(
        Right(
            "one-hot",
            code="""
def embedding_gradient(ids, E, dy):
    return np.eye(len(E))[ids].T @ dy
""",
        ),
        Right(
            "loop",
            code="""
def embedding_gradient(ids, E, dy):
    dE = np.zeros(E.shape)
    for i in range(len(ids)):
        dE[ids[i]] += dy[i]
    return dE
""",
        ),
        Right(
            "mask",
            code="""
def embedding_gradient(ids, E, dy):
    return np.array([dy[ids == k].sum(axis=0) for k in range(len(E))])
""",
        ),
        Right(
            "bincount",
            code="""
def embedding_gradient(ids, E, dy):
    return np.stack([np.bincount(ids, column, len(E)) for column in dy.T], axis=1)
""",
        ),
    ),
    hints=(
        "Row `k` of `E` is used once for every place where `ids` is `k`. What uses a number several "
        "times gets the sum of its gradients.",
        "`dE[k]` is the sum of the rows `dy[i]` with `ids[i] == k`. Start from zeros of the shape of `E`.",
        "`np.add.at(dE, ids, dy)` adds each row; `dE[ids] += dy` loses all but the last of each id.",
    ),
)  # fmt: skip
