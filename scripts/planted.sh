#!/usr/bin/env bash
# Puts known bugs into a copy of the sources, one at a time, and runs the one test that must fail on each.
#
#   scripts/planted.sh NAME...     tests/planted/NAME.patch
#   scripts/planted.sh light       those that need no build of the node
#   scripts/planted.sh all         all of them
#   scripts/planted.sh --check     only that every patch applies to these sources, and names a test that is there
#
# A patch says in its first lines what the bug is (Bug), in which package the test is built (Package) and its name (Test).
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$root"
unset YINXIN_TEST_SCALE

file_of() { echo "$root/tests/planted/$1.patch"; }
# A field of a patch's first lines.
field() { sed -n "s/^$2: //p;/^diff /q" "$(file_of "$1")"; }
names() { for file in tests/planted/*.patch; do basename "$file" .patch; done; }

check() {
  local name test
  for name in $(names); do
    git apply --check "$(file_of "$name")" || { echo "$name no longer applies: make its patch anew" >&2; exit 1; }
    test="$(field "$name" Test)"
    git grep -q "^fn ${test##*::}()" -- '*.rs' ||
      { echo "$name names the test '$test', which is not there" >&2; exit 1; }
  done
  echo "$(names | wc -l) planted bugs apply, and their tests are there"
}

case "${1:-}" in
  "" | -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
  --check) check; exit ;;
  all) chosen=$(names) ;;
  light) chosen=$(for name in $(names); do [ "$(field "$name" Package)" = yinxin-node ] || echo "$name"; done) ;;
  *) chosen="$*" ;;
esac
check

# Always the same place, so that cargo replaces what it built there the last time.
tree="$CARGO_TARGET_DIR/planted"
rm -rf "$tree"
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create | tar --extract --touch --directory="$tree"

# Builds and runs one test in the copy: 0 it passed, 1 it failed. Whatever else happens ends the script.
run() {
  local name="$1" package test said
  package="$(field "$name" Package)" test="$(field "$name" Test)" said="$tree/said"
  local target=(--lib); [ "$package" = yinxin-tests ] && target=(--test it)
  local build=(cargo test --quiet --release --locked -p "$package" "${target[@]}")
  (cd "$tree" && "${build[@]}" --no-run) >"$said" 2>&1 || { cat "$said" >&2; echo "$name does not build" >&2; exit 1; }
  if (cd "$tree" && "${build[@]}" -- --exact "$test") >"$said" 2>&1; then
    grep -q "^test result: ok. 1 passed" "$said" || { echo "$test was not run" >&2; exit 1; }
    return 0
  fi
  grep -q "^test result: FAILED. 0 passed; 1 failed" "$said" || { cat "$said" >&2; exit 1; }
  return 1
}

# A failure says something only where the same test passes without the bug.
say "Without a bug"
for name in $chosen; do
  run "$name" || { cat "$tree/said" >&2; echo "$(field "$name" Test) fails without any bug" >&2; exit 1; }
  echo "passes: $(field "$name" Test)"
done
missed=0
for name in $chosen; do
  say "$name: $(field "$name" Bug)"
  (cd "$tree" && patch --quiet -p1 <"$(file_of "$name")")
  if run "$name"; then
    echo "NOT CAUGHT by $(field "$name" Test)"
    missed=$((missed + 1))
  else
    grep -m1 -A1 "panicked at" "$tree/said" | cut -c1-200 || true
    echo "caught by $(field "$name" Test)"
  fi
  # What is put back must look newer than what was built with the bug.
  sed -n 's/^+++ b\///p' "$(file_of "$name")" | while read -r file; do cat "$root/$file" >"$tree/$file"; done
done
say "$(echo "$chosen" | wc -w) planted, $missed not caught"
[ "$missed" = 0 ]
