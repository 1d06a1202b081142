#!/usr/bin/env bash
# Runs Python in a virtual environment of its own, made once per list of requirements. PYTHON names the interpreter (3.11 or
# later). Arguments go to it; it runs in this directory.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3}"
venv="${XDG_CACHE_HOME:-$HOME/.cache}/yinxin/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python.sh: Python 3.11 or later is needed" >&2; exit 2; }
mkdir -p "${venv%/*}"
exec 9>"$venv.lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$venv/requirements.installed"; then
    rm -rf "$venv"
    mkdir -p "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.installed"
fi
exec 9>&-
cd "$here"
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$@"
