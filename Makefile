# Everything runs in .venv, made on first use; nothing else is installed. Recipes call .venv/bin/python, never scripts
# of .venv, whose first line breaks where the path holds spaces.
FIND_PYTHON = for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c "import sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1 && { echo $$p; break; }; done
PYTHON ?= $(shell $(FIND_PYTHON))
VENV := .venv
RELEASE := .release
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
WORKERS ?= auto

.PHONY: demo test soak lint coverage mutants bench docs release clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.demo
	@$(RUN) -m sipas_survey demo demo

test: $(VENV)/.test
	@$(RUN) -m pytest -n $(WORKERS)

soak: $(VENV)/.test
	@$(RUN) -m pytest -m soak -s

lint: $(VENV)/.dev
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -c "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
	@$(RUN) -m codespell_lib sipas_survey tests docs benchmarks README.md CHANGELOG.md

coverage: $(VENV)/.dev
	@$(RUN) -m coverage erase
	@$(RUN) -m coverage run -m pytest -n $(WORKERS)
	@$(RUN) -m coverage combine --quiet
	@$(RUN) -m coverage report

mutants: $(VENV)/.dev
	@$(RUN) benchmarks/mutants.py

bench: $(VENV)/.test
	@$(RUN) benchmarks/run.py
	@$(RUN) benchmarks/estimates.py

docs: $(VENV)/.test
	@$(RUN) docs/generate.py
	@$(RUN) docs/site.py site

# The bill of materials names what an office gets: the wheel with all extras in an environment of its own.
release: $(RELEASE)/tools
	@rm -rf dist $(RELEASE)/office
	@$(RELEASE)/tools/bin/python -m build --outdir dist . >/dev/null
	@$(RUN) -m venv $(RELEASE)/office
	@$(RELEASE)/office/bin/python -m pip install --quiet --disable-pip-version-check "$$(ls dist/*.whl)[all]"
	@$(RELEASE)/tools/bin/python -m cyclonedx_py environment --of JSON --output-reproducible --pyproject pyproject.toml \
		-o dist/sbom.json $(RELEASE)/office/bin/python
	@ls dist

clean:
	@rm -rf $(VENV) $(RELEASE) demo site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* .mutants.json

$(RUN):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (Debian/Ubuntu: sudo apt install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { echo "This Python cannot make virtual environments. Debian/Ubuntu: sudo apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(RUN)
	@$(PIP) -e ".[documents,web]"
	@touch $@

$(VENV)/.test: pyproject.toml | $(RUN)
	@$(PIP) -e ".[test]"
	@touch $@ $(VENV)/.demo

$(VENV)/.dev: pyproject.toml | $(RUN)
	@$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.demo $(VENV)/.test

$(RELEASE)/tools: pyproject.toml | $(RUN)
	@$(RUN) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check "build>=1.2" "cyclonedx-bom>=4.5"
	@touch $@
