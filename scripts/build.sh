#!/usr/bin/env bash
# Builds the two programs. The first time RocksDB and the consensus engine are compiled: about 25 minutes on two cores.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$root"
if [ ! -x "$bin/yinxin-node" ]; then
  say "First build: RocksDB and the consensus engine take about 25 minutes on two cores; later ones take seconds."
fi
cargo build --release --locked -p yinxin-node -p yinxin-cli
