#!/usr/bin/env bash
# Runs the second verifier's tests. Arguments go to pytest.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python.sh" -m pytest -q -p no:cacheprovider "$@"
