# Two commands do all the set-up: `make demo` and `make test`. GNU make 3.81 is enough.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PREPARE = @command -v $(PYTHON) >/dev/null 2>&1 || { \
	echo "$(PYTHON) is missing; install it with: apt-get install python3 python3-venv (macOS: brew install python@3.13)" >&2; \
	exit 1; }; $(PYTHON) -m tools.environment

.DEFAULT_GOAL := help
.PHONY: help demo test soak lint docs benchmark clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: ## Move real data: fill, copy, dump, load, verify (DEMO_TARGET=<url> adds an engine)
	$(PREPARE) demo
	@$(RUN) -m demo

test: ## Run the whole suite on private PostgreSQL and MariaDB servers (ARGS=… for pytest)
	$(PREPARE) test
	@$(RUN) -m tests.servers run -- $(RUN) -m pytest $(ARGS)

soak: ## Play random histories for hours (MINUTES=60), and go over all pairs of engines
	$(PREPARE) test
	@$(RUN) -m tests.servers run -- $(RUN) -m pytest --all-pairs tests/sync $(ARGS)
	@$(RUN) -m tests.simulation soak --minutes $(or $(MINUTES),60)

lint: ## Check format, style, types and layers
	$(PREPARE) test
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports

docs: ## Build the documentation; a warning is an error
	$(PREPARE) docs
	@$(RUN) -m sphinx --fail-on-warning --nitpicky -b html docs docs/_build/html

benchmark: ## Measure against the engines' own bulk commands, side by side
	$(PREPARE) test
	$(PREPARE) demo
	@$(RUN) -m tests.servers run -- $(RUN) -m benchmarks $(ARGS)

clean: ## Remove the environments and everything that was built
	rm -rf .venv .venv-3.13 build dist docs/_build .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
