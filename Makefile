# The habits, one word each. `make run` is all a school needs.

PYTHON_FILES := veo_workflow workers $(wildcard tests benchmarks) config
TYPED := veo_workflow workers config/audit.py $(wildcard tests/support tests/commands benchmarks)
V := .venv/bin

.PHONY: run setup test check bench fmt lock clean

run: setup
	@exec $(V)/veo run

setup:
	@config/setup.sh

test:
	@config/setup.sh test
	@$(V)/python -m pytest -q -n auto --dist loadfile $(TESTS)

check:
	@config/setup.sh dev
	$(V)/ruff check $(PYTHON_FILES)
	$(V)/ruff format --check $(PYTHON_FILES)
	$(V)/mypy $(TYPED)
	$(V)/lint-imports
	@$(V)/python config/audit.py

bench:
	@config/setup.sh dev
	@$(V)/python -m benchmarks.run

fmt:
	@config/setup.sh dev
	$(V)/ruff check --fix $(PYTHON_FILES)
	$(V)/ruff format $(PYTHON_FILES)

COMPILE := $(V)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header --extra setup
lock:
	@config/setup.sh dev
	$(COMPILE) --extra dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
	find veo_workflow workers tests config -name __pycache__ -type d -prune -exec rm -rf {} +
