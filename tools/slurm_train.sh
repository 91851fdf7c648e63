#!/usr/bin/env bash
# Train under Slurm, one task per GPU.
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENT OF tools/train.py...]
# Variables and defaults: GPUS (8 in total), GPUS_PER_NODE (at most 8), CPUS_PER_TASK (5), SRUN_ARGS (options of srun).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

(($# >= 3)) || fail 'usage: tools/slurm_train.sh PARTITION JOB_NAME CONFIG [ARGUMENT OF tools/train.py...]'
launch_slurm tools/train.py "$@"
