# Everything a learner, an instructor or a contributor does; each target sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export JUPYTER_PLATFORM_DIRS = 1
# One BLAS thread a process: the tests run side by side, and small matrices gain nothing from more.
TEST_ENV = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 AUTOGRADER_HOME=$(CURDIR)/.venv/test-home
# `loadfile` keeps the cells of a notebook on one worker; any other way of sharing breaks nbval.
PYTEST = $(TEST_ENV) $(BIN)/python -m pytest -q -p no:cacheprovider -n 2 --dist loadfile

# Jupyter refuses to run as root unless told; containers and test machines have no other user.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab setup test check browser notebooks bench kill-table attacks class constraints format clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ /' | awk '{n=$$1; $$1=""; printf "  make %-12s%s\n", n, $$0}'

lab: .venv/course  ## open the course in JupyterLab (LAB=--no-browser for its options)
	$(BIN)/jupyter lab --config=jupyter_server_config.py $(AS_ROOT) $(LAB) notebooks/00_start_here.ipynb

setup: .venv/dev  ## set up everything in .venv, and start nothing

test: .venv/dev  ## run every test: code, kill table, notebooks, browser, grading
	rm -rf .venv/test-home
	$(PYTEST) --nbval notebooks/00_start_here.ipynb notebooks/chapters
	$(PYTEST) --nbval-lax solutions
	$(PYTEST) tests

check: .venv/dev  ## lint, types, spelling, and notebooks in step with their masters
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell nnlib autograder solutions tests docs README.md CONTRIBUTING.md CHANGELOG.md
	$(BIN)/python solutions/build.py --check

notebooks: .venv/dev  ## write the notebooks from their masters (ONLY=03_activations for one)
	OMP_NUM_THREADS=1 $(BIN)/python solutions/build.py $(ONLY)

browser: .venv/dev  ## every chapter in a real browser, widget by widget
	$(TEST_ENV) $(BIN)/python -m pytest -q -p no:cacheprovider -m slow tests/browser

kill-table: .venv/dev  ## every check against every known wrong and right implementation
	$(TEST_ENV) $(BIN)/python -m tests.autograder.kill_table $(if $(ONLY),$(ONLY),--write)

attacks: .venv/dev  ## hostile submissions against the grader
	$(TEST_ENV) $(BIN)/python -m tests.grading.attacks

class: .venv/dev  ## the long tests of grading: a whole class, kill and resume, PostgreSQL, Dask
	$(TEST_ENV) $(BIN)/python -m pytest -q -p no:cacheprovider -m slow tests/grading

bench: .venv/bench  ## speed against scikit-learn, PyTorch and the bare matrix products
	$(BIN)/python -m tests.bench

format: .venv/dev  ## rewrite the code in the house's format
	$(BIN)/ruff check --fix-only -q . && $(BIN)/ruff format .

constraints: .venv/dev  ## note the versions that are installed and tested now
	$(BIN)/pip list --format=freeze --exclude-editable | grep -viE '^(pip|setuptools|wheel|nvidia|triton|cuda)' \
	  | sed -E 's/^(torch==[0-9.]+)\+.*/\1/; s/^(soupsieve==4.*)/\1 ; python_full_version >= "3.11.5"/' > constraints.txt

# A stamp is newer than what it was made from, so the second `make` does nothing.
.venv/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	@touch $@

define install
	$(BIN)/pip install -q -c constraints.txt -e "$(1)" || { \
	  echo "The tested versions do not fit this Python; installing the newest that pyproject.toml allows."; \
	  $(BIN)/pip install -q -e "$(1)"; }
	@touch $@
endef

.venv/course: .venv/pip pyproject.toml constraints.txt
	$(call install,.[course])

.venv/dev: .venv/pip pyproject.toml constraints.txt
	$(call install,.[course$(comma)grading$(comma)onnx$(comma)dev])
	@touch .venv/course

.venv/bench: .venv/dev
	$(call install,.[bench])

comma := ,
