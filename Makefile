# Two commands: `make run` brings up the platform with a first app, `make test` runs every check.
# Both install what they need into .venv (and, as root on Debian or Ubuntu, missing system parts).

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# The settings make keys in the home folder when they are read; the checks have one of their own.
CHECKS := SLIPWAY_HOME=$(CURDIR)/$(VENV)/checks

export UV_PYTHON_DOWNLOADS := never
# What this machine trusts is what pip and browsers trust on it; a company's own CA is there and not in uv.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS := 1
endif

.PHONY: run test lint bench faults screenshots clean

run: $(VENV)/run.ready
	@sh config/system_parts.sh bubblewrap
	@exec $(BIN)/python manage.py up

test: $(VENV)/test.ready
	@sh config/system_parts.sh bubblewrap git chromium
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/test.ready
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(CHECKS) $(BIN)/mypy .
	@$(CHECKS) $(BIN)/lint-imports
	@$(CHECKS) $(BIN)/python manage.py makemigrations --check --dry-run --skip-checks

bench: $(VENV)/test.ready
	@$(BIN)/python -m benchmarks

faults: $(VENV)/test.ready
	@sh config/system_parts.sh bubblewrap
	@$(BIN)/python -m tests.faults

screenshots: $(VENV)/test.ready
	@sh config/system_parts.sh bubblewrap chromium
	@$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV)

$(VENV)/bin/uv:
	@test -n "$(PYTHON)" || { echo "Slipway needs Python 3.11 or newer; none is on the PATH. Install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	@sh config/system_parts.sh venv $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$$(sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/\1/p}' uv.lock)"

$(VENV)/run.ready: $(VENV)/bin/uv uv.lock
	@$(BIN)/uv sync --quiet --frozen --inexact --no-dev --python $(BIN)/python
	@touch $@

$(VENV)/test.ready: $(VENV)/bin/uv uv.lock
	@$(BIN)/uv sync --quiet --frozen --inexact --python $(BIN)/python
	@touch $@ $(VENV)/run.ready
