#!/usr/bin/env bash
# The same blocks must give the same roots: debug and release, 1 and 8 threads, other language, time zone, hash seed.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$root"
blocks=$((300 * ${YINXIN_TEST_SCALE:-1}))
cargo build --quiet --release --locked --workspace --exclude yinxin-node
cargo build --quiet --locked -p yinxin-tests --bin roots
debug="$CARGO_TARGET_DIR/debug/roots"
release="$bin/roots"
expected="$("$release" "$blocks" 1)"
settings=0
compare() {
  local name="$1"; shift
  local actual; actual="$(env "$@")"
  if [ "$actual" != "$expected" ]; then
    printf 'roots differ: %s\n  expected %s\n  actual   %s\n' "$name" "$expected" "$actual" >&2
    exit 1
  fi
  settings=$((settings + 1))
}
compare "release, 8 threads"   "$release" "$blocks" 8
compare "release again"        "$release" "$blocks" 1
compare "release, LANG=zh_CN"  LANG=zh_CN.UTF-8 LC_ALL=zh_CN.UTF-8 "$release" "$blocks" 1
compare "release, LANG=tr_TR"  LANG=tr_TR.UTF-8 LC_ALL=C "$release" "$blocks" 8
compare "release, Kathmandu"   TZ=Asia/Kathmandu "$release" "$blocks" 1
compare "release, New York"    TZ=America/New_York "$release" "$blocks" 8
compare "debug, 1 thread"      "$debug" "$blocks" 1
compare "debug, 8 threads"     TZ=Asia/Shanghai LANG=C "$debug" "$blocks" 8
echo "$settings settings, $blocks blocks, the same roots: $expected"
