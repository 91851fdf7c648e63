#!/usr/bin/env bash
# Test under Slurm, one task per GPU.
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [ARGUMENT OF tools/test.py...]
# Variables and defaults: GPUS (8 in total), GPUS_PER_NODE (at most 8), CPUS_PER_TASK (5), SRUN_ARGS (options of srun).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/launch.sh"

(($# >= 4)) || fail 'usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [ARGUMENT OF tools/test.py...]'
launch_slurm tools/test.py "$@"
