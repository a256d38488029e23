"""Grading a whole class: each submission in a sandbox, its arrays judged outside, nbgrader's rows.

``sandbox`` starts a kernel in a box and ``selftest`` proves the box; ``execute`` runs one
submission, a pure function of its inputs; ``grade`` runs a class, and ``gradebook`` alone imports
nbgrader and writes. ``report`` says what the class got right and wrong.
"""
