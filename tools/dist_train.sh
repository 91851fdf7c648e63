#!/usr/bin/env bash
# Train on GPUS processes of this machine, one per GPU, or on the CPU if there is no GPU.
#   tools/dist_train.sh CONFIG GPUS [ARGUMENT OF tools/train.py...]
# Several machines: run it on each, with NNODES, NODE_RANK (from 0), MASTER_ADDR (address of rank 0) and PORT set.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

(($# >= 2)) || fail 'usage: tools/dist_train.sh CONFIG GPUS [ARGUMENT OF tools/train.py...]'
launch_torchrun tools/train.py "$2" "$1" "${@:3}"
