# The targets are thin: what they do stands in scripts/, one file each.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Words on the command line (make run PORT=8070 DB=store2) reach the scripts as environment variables.
export PORT DB ODOO_SRC PYTHON ADDON K CHECK N ALL DEALER_CACHE DEBIAN_MIRROR TEST_DB

.PHONY: help run demo test lint fix i18n bench screenshots shell stop clean

help: ## this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: ## set up what is missing and serve on http://127.0.0.1:8069 (PORT= DB= ODOO_SRC= PGHOST= PGPORT= PGUSER=)
	@scripts/run.sh

demo: ## drop the database and make it again with the demo store (DB=)
	@scripts/run.sh --no-serve --recreate

test: ## all tests in a fresh database; one addon quickly: make test ADDON=dealer_base K=vehicle
	@scripts/test.sh

lint: ## style, static checks, Odoo's own lint tests, translations
	@scripts/lint.sh

fix: ## let ruff and the OCA checks repair what they can
	@scripts/fix.sh

i18n: ## write the .pot and .po files of every addon (CHECK=1: only look)
	@scripts/i18n.sh

bench: ## measure against a floor taken in the same run (N=400)
	@scripts/bench.sh

screenshots: ## play the main path in a fresh demo store and renew the pictures of docs/manual
	@scripts/screenshots.sh

shell: ## a Python shell on the database (DB=)
	@scripts/odoo.sh shell -d "$${DB:-dealer}" --no-http

stop: ## stop the server and the private PostgreSQL
	@scripts/stop.sh

clean: ## remove test databases, logs and caches (ALL=1: everything that was downloaded and the databases too)
	@scripts/clean.sh
