# What a person types. Each target is one script in scripts/; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help run test soak bench fmt lint requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, make a small demonstration, serve it on http://127.0.0.1:8080
	@scripts/run.sh

test: ## lint, unit, contract and route tests on both engines, acceptance against the real binary; ends with the totals
	@scripts/test.sh

soak: ## the same suite with ten million fuzzed inputs and a hundred kills instead of five
	@LICET_SOAK=1 scripts/test.sh

bench: ## measure the release binary beside its references; writes .build/bench.json (BENCH_QUICK=1 leaves the 3 million out)
	@scripts/bench.sh

fmt: ## format all Swift code
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

lint: ## say what `make fmt` would change, and what the house style forbids
	@scripts/lint.sh

requirements: ## write docs/requirements-coverage.txt: which test shows which requirement
	@python3 scripts/requirements_coverage.py

clean: ## remove what was built; the data in data/ stays
	@rm -rf .build .venv acceptance/.pytest_cache acceptance/__pycache__ bench/__pycache__ scripts/__pycache__
