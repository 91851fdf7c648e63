#!/usr/bin/env bash
# Makes the environment if it is missing, then runs the linters and the whole test suite.
# Usage: bash tools/run_tests.sh [ARGUMENT OF PYTEST...], e.g. bash tools/run_tests.sh tests/test_models -k null
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"

cd "$ROOT"
bash tools/setup_env.sh
STEPS_DIR=$ROOT/work_dirs/steps
# Test tensors are small, and some tests start two processes; more threads would only wait for each other.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

export SHOW=1
attempt 'ruff check' "run $VENV/bin/ruff check --fix, or fix the code by hand" "$VENV/bin/ruff" check
attempt 'ruff format' "run $VENV/bin/ruff format" "$VENV/bin/ruff" format --check
attempt 'mypy' 'fix the type errors' "$VENV/bin/mypy"
# The tests of a file run in one process, because they share expensive fixtures.
attempt 'tests' 'fix the failed tests; repeat one test with: bash tools/run_tests.sh PATH::TEST' \
    "$VENV/bin/python" -m pytest -q -n 2 --dist loadfile "$@"
