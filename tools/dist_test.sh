#!/usr/bin/env bash
# Test on GPUS processes of this machine, one per GPU, or on the CPU if there is no GPU.
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [ARGUMENT OF tools/test.py...]
# Several machines: run it on each, with NNODES, NODE_RANK (from 0), MASTER_ADDR (address of rank 0) and PORT set.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

(($# >= 3)) || fail 'usage: tools/dist_test.sh CONFIG CHECKPOINT GPUS [ARGUMENT OF tools/test.py...]'
launch_torchrun tools/test.py "$3" "$1" "$2" "${@:4}"
