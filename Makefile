# Tuzi (圖資): the tasks of everyday work. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help serve demo site test lint format bench docs clean

help: ## list the tasks
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

serve: ## set everything up, build the demonstration city once, serve it on http://127.0.0.1:8080/
	@$(PYTHON) scripts/bootstrap.py --site
	@$(BIN)/tuzi demo --if-missing
	@exec $(BIN)/tuzi serve

demo: ## build the demonstration city anew
	@$(PYTHON) scripts/bootstrap.py --site
	@$(BIN)/tuzi demo

site: ## install and build the map site
	@$(PYTHON) scripts/bootstrap.py --site

test: ## set up what tests need and run them all
	@$(PYTHON) scripts/bootstrap.py --site --extras test,lint
	@$(PYTHON) scripts/chromium.py
	@$(PYTHON) scripts/postgresql.py
	npm_config_update_notifier=false PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix server/site test
	$(BIN)/pytest -n 2 --dist loadfile

lint: ## formatting, style, types, of Python and TypeScript
	@$(PYTHON) scripts/bootstrap.py --site --extras test,lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix server/site run lint

format: ## put Python code into shape
	@$(PYTHON) scripts/bootstrap.py --extras test,lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## measure against nginx, stock MapProxy, stock pygeoapi and plain Mapnik; prints ratios
	@$(PYTHON) scripts/bootstrap.py --site --extras test,lint
	$(BIN)/python -m tests.benchmarks

docs: ## check that the documentation names every command and setting
	@$(PYTHON) scripts/bootstrap.py --extras test,lint
	$(BIN)/pytest -q tests/test_docs.py

clean: ## remove what was built; the data folder stays
	rm -rf .venv server/site/node_modules server/site/dist .pytest_cache .mypy_cache .ruff_cache
