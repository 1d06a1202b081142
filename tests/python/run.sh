#!/usr/bin/env bash
# Runs the second verifier and its tests in a virtual environment of its own, made once per list of requirements.
# Arguments go to pytest. PYTHON names the interpreter (3.11 or later).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3}"
venv="${XDG_CACHE_HOME:-$HOME/.cache}/yinxin/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "run.sh: Python 3.11 or later is needed" >&2; exit 2; }
if ! cmp -s "$here/requirements.txt" "$venv/requirements.installed"; then
    rm -rf "$venv"
    mkdir -p "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.installed"
fi
cd "$here"
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" -m pytest -q -p no:cacheprovider "$@"
