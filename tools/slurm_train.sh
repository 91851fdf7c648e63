#!/usr/bin/env bash
# Train under Slurm, one task per GPU.
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENT OF tools/train.py...]
# Variables: GPUS (8 in all), GPUS_PER_NODE (8, or GPUS if fewer), CPUS_PER_TASK (5), SRUN_ARGS (more options of srun).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"

(($# >= 3)) || fail 'usage: tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENT OF tools/train.py...]'
partition=$1 job_name=$2 config=$3
shift 3
gpus=${GPUS:-8}
gpus_per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
read -ra srun_args <<<"${SRUN_ARGS:-}"

exec srun --partition "$partition" --job-name "$job_name" --gres "gpu:$gpus_per_node" --ntasks "$gpus" \
    --ntasks-per-node "$gpus_per_node" --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 "${srun_args[@]}" \
    "$(project_python)" -u "$ROOT/tools/train.py" "$config" --launcher slurm "$@"
