#!/usr/bin/env bash
# Train on GPUS processes of this machine, one per GPU, or on CPU cores where there is none.
#   tools/dist_train.sh CONFIG GPUS [ARGUMENT OF tools/train.py...]
# Several machines: the same on each, with NNODES, NODE_RANK (from 0), MASTER_ADDR (that of rank 0) and PORT set.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"

(($# >= 2)) || fail 'usage: tools/dist_train.sh CONFIG GPUS [ARGUMENT OF tools/train.py...]'
config=$1 gpus=$2
shift 2
[[ $gpus =~ ^[1-9][0-9]*$ ]] || fail "GPUS is '$gpus', and must be a whole number from 1"

if [[ ${NNODES:-1} == 1 && -z ${PORT:-} ]]; then
    # torchrun finds a free port itself, so that two runs on one machine do not meet.
    rendezvous=(--standalone)
else
    rendezvous=(--nnodes "${NNODES:-1}" --node_rank "${NODE_RANK:-0}"
        --master_addr "${MASTER_ADDR:-127.0.0.1}" --master_port "${PORT:-29500}")
fi
# Share out the cores: torchrun and MMEngine would leave each process a single thread.
cores=$(nproc)
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((cores > gpus ? cores / gpus : 1))}
export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}

exec "$(project_python)" -m torch.distributed.run "${rendezvous[@]}" --nproc_per_node "$gpus" \
    "$ROOT/tools/train.py" "$config" --launcher pytorch "$@"
