# Sourced by the other scripts: one target directory outside the checkout, one profile.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/yinxin/target}"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bin="$CARGO_TARGET_DIR/release"
say() { printf '\n== %s\n' "$*"; }
