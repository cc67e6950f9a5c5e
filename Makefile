# Two commands are enough: `make run` starts the product, `make test` tests it.
# Both set up everything they need in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run setup test lint demo bench screens clean

run: setup
	$(BIN)/krisenpult serve

demo: setup
	$(BIN)/krisenpult demo

setup: $(VENV)/.run-ready

$(VENV)/.run-ready: requirements/run.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Krisenpult needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready requirements/test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.lock
	touch $@

# The browser of the browser tests: the system's where there is one, Debian's package where
# we may install it, Playwright's own otherwise.
$(VENV)/.browser-ready: $(VENV)/.test-ready
	sh tools/browser.sh $(BIN)
	touch $@

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint $(VENV)/.browser-ready
	$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term

bench: $(VENV)/.test-ready
	for program in benchmarks/*.py; do echo "== $$program"; $(BIN)/python -m benchmarks.$$(basename $$program .py) || exit 1; done

screens: $(VENV)/.browser-ready
	KRISENPULT_KEEP_SCREENS=1 $(BIN)/pytest tests/browser

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage
