#!/usr/bin/env bash
# Test under Slurm, one task per GPU.
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [ARGUMENT OF tools/test.py...]
# Variables: GPUS (8 in all), GPUS_PER_NODE (8, or GPUS if fewer), CPUS_PER_TASK (5), SRUN_ARGS (more options of srun).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

(($# >= 4)) || fail 'usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [ARGUMENT OF tools/test.py...]'
launch_slurm tools/test.py "$@"
