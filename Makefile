# Two commands matter: `make demo` and `make test`. Both set up everything they need in .venv.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)
BIN := .venv/bin
JOBS ?= 2
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup demo test lint types validate calibrate solution benchmarks clean

help:  ## List what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: .venv/.ready  ## Make the virtual environment with every pinned dependency

.venv/.ready: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the pinned packages into .venv (a few minutes the first time)"
	@$(BIN)/pip install -qq --disable-pip-version-check -c .ci/constraints.txt torch==2.13.0
	@$(BIN)/python .ci/requirements.py | xargs -d '\n' $(BIN)/pip install -qq --disable-pip-version-check -c .ci/constraints.txt
	@printf '#!/bin/sh\nroot=$$(cd "$$(dirname "$$0")/../.." && pwd)\nPYTHONPATH="$$root$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$root/.venv/bin/python" -m grader "$$@"\n' > $(BIN)/grader
	@chmod +x $(BIN)/grader
	@touch $@

demo: setup  ## Grade the sample hand-ins of every finished sheet and say where to look
	@for sheet in $(notdir $(wildcard submissions/*)); do \
	  $(BIN)/grader grade $$sheet submissions/$$sheet --out reports --jobs $(JOBS) --trust-hand-ins || exit $$?; \
	done
	@echo; echo "Open in a browser:"; for sheet in $(notdir $(wildcard submissions/*)); do echo "  reports/$$sheet/index.html"; done

test: setup  ## Run the whole test suite
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(ARGS)

lint: setup  ## Style and format
	@$(BIN)/ruff check grader reference tests benchmarks
	@$(BIN)/ruff format --check grader reference tests benchmarks

types: setup  ## Static types
	@$(BIN)/mypy

validate: setup  ## Prove every sheet: reference passes, right twins pass, wrong twins are caught
	@$(BIN)/grader validate --quick --jobs $(JOBS)

solution: setup  ## Run the solution notebook of the first sheet and write it to reports/ as notebook and page
	@PYTHONPATH=. $(BIN)/python -m grader.prove.solution generative_baselines $(ARGS)

benchmarks: setup  ## Measure (minutes): discrepancy against other libraries, run stage against bare nbclient, a batch of forty
	@PYTHONPATH=. $(BIN)/python benchmarks/discrepancy.py
	@PYTHONPATH=. $(BIN)/python benchmarks/run_stage.py
	@PYTHONPATH=. $(BIN)/python benchmarks/batch.py

clean:  ## Forget reports and caches, keep .venv
	rm -rf reports/*/ .pytest_cache .mypy_cache .ruff_cache .hypothesis
