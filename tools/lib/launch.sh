# shellcheck shell=bash
# Several processes of one Python tool; sourced by dist_*.sh and slurm_*.sh after steps.sh.

# The words of the user's command, for the message on how to resume, separated by a character that nobody types.
remember_command() {
    local name IFS=$'\x1f' words=()
    for name in NNODES NODE_RANK MASTER_ADDR PORT GPUS GPUS_PER_NODE CPUS_PER_TASK SRUN_ARGS; do
        if [[ ${!name:-} ]]; then words+=("$name=${!name}"); fi
    done
    words+=("$0" "$@")
    export SINGER_COMMAND="${words[*]}"
}
remember_command "$@"

# launch_torchrun TOOL GPUS CONFIG [ARGUMENT OF THE TOOL...]: GPUS processes on this machine.
launch_torchrun() {
    local tool=$1 gpus=$2 cores rendezvous
    shift 2
    [[ $gpus =~ ^[1-9][0-9]*$ ]] || fail "GPUS is '$gpus'; it must be a whole number from 1"
    if [[ ${NNODES:-1} == 1 && -z ${PORT:-} ]]; then
        # torchrun chooses a free port itself, so two runs on one machine do not use the same port.
        rendezvous=(--standalone)
    else
        rendezvous=(--nnodes "${NNODES:-1}" --node_rank "${NODE_RANK:-0}"
            --master_addr "${MASTER_ADDR:-127.0.0.1}" --master_port "${PORT:-29500}")
    fi
    # Divide the cores among the processes; torchrun and MMEngine would give each process a single thread.
    cores=$(nproc)
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((cores > gpus ? cores / gpus : 1))}
    export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}
    exec "$(project_python)" "$ROOT/tools/lib/torchrun.py" "${rendezvous[@]}" --nproc_per_node "$gpus" \
        "$ROOT/$tool" "$@" --launcher pytorch
}

# launch_slurm TOOL PARTITION JOB_NAME CONFIG [ARGUMENT OF THE TOOL...]: one task per GPU.
launch_slurm() {
    local tool=$1 partition=$2 job_name=$3 gpus gpus_per_node srun_args
    shift 3
    gpus=${GPUS:-8}
    gpus_per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
    read -ra srun_args <<<"${SRUN_ARGS:-}"
    exec srun --partition "$partition" --job-name "$job_name" --gres "gpu:$gpus_per_node" --ntasks "$gpus" \
        --ntasks-per-node "$gpus_per_node" --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
        "${srun_args[@]}" "$(project_python)" -u "$ROOT/$tool" "$@" --launcher slurm
}
