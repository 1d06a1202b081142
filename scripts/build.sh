#!/usr/bin/env bash
# Builds the two programs. The first time RocksDB and the consensus engine are compiled: about 25 minutes on two cores.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$root"
if [ ! -x "$bin/yinxin-node" ]; then
  say "First build: RocksDB and the consensus engine take about 25 minutes on two cores; later ones take seconds."
fi
# The node apart from the rest, here and in test.sh: together they would resolve other features of small shared crates, and
# RocksDB would be compiled a second time.
cargo build --release --locked -p yinxin-node
cargo build --release --locked --workspace --exclude yinxin-node
say "Built: $bin/yinxin and $bin/yinxin-node"
