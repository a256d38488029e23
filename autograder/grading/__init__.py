"""Grading a whole class: each submission in a sandbox, its arrays judged outside, nbgrader's rows.

``sandbox`` starts a kernel in a box and ``selftest`` proves the box; ``execute`` runs one
submission, a pure function of its inputs; ``grade`` runs a class, and ``gradebook`` alone imports
nbgrader and writes. ``report`` says what the class got right and wrong.
"""

import sys

# jsonschema loads a parser of IRIs wherever one is installed, which takes a second in each process;
# no schema of nbformat or nbgrader has an IRI. Missing, it is left out.
_hidden = {"jsonschema", "rfc3987_syntax"}.isdisjoint(sys.modules)
if _hidden:
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
import jsonschema  # type: ignore[import-untyped]  # noqa: E402, F401

if _hidden:
    del sys.modules["rfc3987_syntax"]
