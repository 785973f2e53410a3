# The commands of the project. `make run` and `make test` work from a bare checkout; nothing is asked.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := $(VENV)/node/node_modules
# npm takes away what it is not told of.
NODE_INSTALL = npm install --silent --no-save --no-package-lock --prefix $(VENV)/node vnu-jar@26.9.27 oidc-provider@9.13.3

# What must come from the system: all of it is asked for at once. libatomic1 is for the browser's driver.
unless = $(shell $(1) >/dev/null 2>&1 || echo $(2))
RUN_PACKAGES = $(call unless,$(PYTHON) -c 'import ensurepip',python3-venv)
TEST_PACKAGES = $(RUN_PACKAGES) chromium gettext libatomic1 libical3 postgresql procps
TEST_PACKAGES += $(call unless,command -v java,default-jre-headless) $(call unless,command -v npm,npm)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test nightly check bench pictures format messages lock environment test-environment test-packages

help: ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: environment ## start the site with two example events on http://127.0.0.1:8000/ (PORT=8001 for another port)
	@MAKE_SECRET_KEY=on DJANGO_SETTINGS_MODULE=fachtag.settings exec $(BIN)/python -m fachtag.run

test: test-environment ## run the whole suite: SQLite, PostgreSQL, a real browser
	$(BIN)/python -m pytest
	$(BIN)/python tests/with_postgres.py $(BIN)/python -m pytest -m "not browser and not bench and not nightly"

nightly: test-environment ## the long runs: 10,000 random steps and 100,000 hostile requests on each database
	$(BIN)/python -m pytest -s -m nightly
	$(BIN)/python tests/with_postgres.py $(BIN)/python -m pytest -s -m nightly

check: test-environment ## lint, types, templates, migrations, deploy check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html' 'templates/*.txt')
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.check_deploy

pictures: test-environment ## take the handbook's pictures anew
	PICTURES=on $(BIN)/python -m pytest tests/browser/test_handbook.py

format: test-environment ## format code and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html' 'templates/*.txt')

messages: test-environment ## collect and compile the German texts
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemessages --locale de --extension html,txt,py --ignore '.venv/*' --ignore 'tests/*' --no-location --no-obsolete
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py compilemessages --locale de --ignore .venv

bench: TEST_PACKAGES += wrk
bench: test-environment ## measure: Lighthouse, the event page, a guest's way, a line that moves up, the list of guests, mails, the stylesheet inside or beside the page
	@test -d $(NODE)/lighthouse || $(NODE_INSTALL) lighthouse@13.5.0
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python tests/with_postgres.py $(BIN)/python -m tests.benchmarks.pages
	$(BIN)/python tests/with_postgres.py $(BIN)/python -m tests.benchmarks.moving_up

lock: test-environment ## pin what pyproject.toml asks for
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

environment: $(VENV)/run.stamp

test-packages:
	@tests/system_packages $(TEST_PACKAGES)

test-environment: test-packages $(VENV)/dev.stamp
	@test -d $(NODE)/oidc-provider || $(NODE_INSTALL)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.11 ..."; exit 1; }
	@tests/system_packages $(RUN_PACKAGES)
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the site needs ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
