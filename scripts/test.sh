#!/usr/bin/env bash
# All that CI runs, in the order in which it fails fastest. `--long` runs the same tests with the big counts,
# and a filter of nextest after it chooses among them: the whole takes many hours.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$root"
[ "${1:-}" = --long ] && export YINXIN_TEST_SCALE="${YINXIN_TEST_SCALE:-50}"
# A failure says what it saw; a trace of the stack would push that out of sight.
export RUST_BACKTRACE=0
started=$SECONDS
step() { say "$* (after $((SECONDS - started)) s)"; }

scripts/install.sh test
step "Format";             cargo fmt --all --check
step "Planted bugs";       scripts/planted.sh --check
step "Build";              scripts/build.sh
# The node that lies, for the tests alone: the feature is off in every other call.
lying=(--release --locked -p yinxin-node --features byzantine --bin yinxin-node-byzantine)
step "The node that lies"; cargo build "${lying[@]}"
step "Lints"
cargo clippy --release --locked --workspace --exclude yinxin-node --all-targets -- -D warnings
cargo clippy --release --locked -p yinxin-node --all-targets -- -D warnings
cargo clippy "${lying[@]}" -- -D warnings
step "Documentation";      export RUSTDOCFLAGS="-D warnings"
cargo doc --release --locked --workspace --exclude yinxin-node --no-deps --quiet
cargo doc --release --locked -p yinxin-node --no-deps --quiet
step "Unit, property, vector and cluster tests"
run=(cargo nextest run --config-file tests/nextest.toml --release --locked --no-fail-fast --no-tests pass)
[ -z "${2:-}" ] || run+=(-E "$2")
others=(--workspace --exclude yinxin-node)
for built in "${others[*]}" "-p yinxin-node"; do
  # shellcheck disable=SC2086 # words, not one word
  cargo nextest run --no-run --release --locked $built
done
# The stories of real nodes wait more than they compute: the node's own tests run beside them, and are shown after them.
beside="$(mktemp)"
trap 'rm -f "$beside"' EXIT
nice -n 5 "${run[@]}" -p yinxin-node >"$beside" 2>&1 & node=$!
failed=0
"${run[@]}" "${others[@]}" || failed=1
wait "$node" || failed=1
cat "$beside"
[ "$failed" = 0 ] || { say "Tests have failed"; exit 1; }
step "Same roots in every setting"; scripts/determinism.sh
step "The second verifier, in Python"; tests/python/run.sh
step "Done"
