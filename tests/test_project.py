"""The project's own promises: the two lists of dependencies agree, no host of a registry is named."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "psycopg2": "psycopg2-binary",
    "distributed": "dask[distributed]",
}


def split(requirement):
    name, bounds = re.fullmatch(r"([\w\[\]-]+)\s*([<>=!~].*)?", requirement).groups()
    return name, bounds or ""


def test_environment_yml_equals_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = dict(map(split, project["dependencies"]))
    for extra in ("course", "grading", "onnx", "dev"):
        wanted |= dict(map(split, project["optional-dependencies"][extra]))
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = [d for d in listed if isinstance(d, str)]
    by_pip = [d for entry in listed if isinstance(entry, dict) for d in entry["pip"]]
    assert "-e ." in by_pip
    found = dict(map(split, plain + [d for d in by_pip if d != "-e ."]))
    assert found.pop("python") == project["requires-python"]
    assert found.pop("dask") == wanted["dask[distributed]"]
    del found["pip"]
    assert {CONDA_NAMES.get(n, n): b for n, b in found.items()} == wanted


def test_nnlib_needs_numpy_alone():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [split(d)[0] for d in project["dependencies"]] == ["numpy"]


def test_constraints_are_versions_alone():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .*)?", line), line


def test_the_top_level_holds_what_a_newcomer_expects():
    for name in (
        "pyproject.toml",
        "README.md",
        "notebooks",
        "solutions",
        "nnlib",
        "autograder",
        "environment.yml",
        "tests",
    ):
        assert (ROOT / name).exists(), name
