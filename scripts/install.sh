#!/usr/bin/env bash
# Installs what building and testing need and is not there yet. Debian packages with root or sudo; without either it
# prints the one line to run. Nothing but the package registries is reached.
set -euo pipefail
source "$(dirname "$0")/env.sh"

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need cc build-essential
need c++ build-essential
need make make
need python3 python3
need curl curl
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)
# RocksDB's bindings are generated with libclang.
compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || compgen -G '/usr/lib*/libclang*.so*' >/dev/null ||
  missing+=(libclang-dev)

if [ "${#missing[@]}" -gt 0 ]; then
  packages="$(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
  install="apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $packages"
  say "Installing Debian packages: $packages"
  if [ "$(id -u)" = 0 ]; then
    apt-get -o DPkg::Lock::Timeout=300 update -q && DEBIAN_FRONTEND=noninteractive $install
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo apt-get -o DPkg::Lock::Timeout=300 update -q && sudo DEBIAN_FRONTEND=noninteractive $install
  else
    printf 'These Debian packages are missing. Please run this line, then try again:\n\n  su -c "apt-get update && %s"\n\n' "$install" >&2
    exit 2
  fi
fi

if ! command -v cargo >/dev/null 2>&1; then
  echo "Rust is missing: install cargo and rustc 1.95 or later (https://rust-lang.org/tools/install), then try again." >&2
  exit 2
fi
if [ "${1:-}" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
  say "Installing cargo-nextest, the test runner (a few minutes, once)"
  cargo install --locked cargo-nextest --version 0.9.143
fi
