# shellcheck shell=bash
# Shared by the shell tools: paths, and steps that are timed, logged, and skipped if they are done.

# Paths from the user are relative to the user's current folder, so they are resolved before `cd`.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VENV=$(realpath -m "${SINGER_VENV:-$ROOT/.venv}")
export SINGER_VENV=$VENV

# The Python that runs the project: $PYTHON, that of the active environment, or that of tools/setup_env.sh.
project_python() {
    if [[ ! ${VIRTUAL_ENV:-} && -x $VENV/bin/python ]]; then
        echo "${PYTHON:-$VENV/bin/python}"
    else
        echo "${PYTHON:-python3}"
    fi
}

say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

trap 'fail "stopped; run the same command again to continue"' INT

duration() {
    local seconds=$1
    if ((seconds < 60)); then echo "$seconds s"; else echo "$((seconds / 60)) min $((seconds % 60)) s"; fi
}

# digest ITEM...: one hash of the contents of files and of words.
digest() {
    local item
    for item in "$@"; do
        if [[ -f $item ]]; then cat "$item"; else echo "$item"; fi
    done | sha256sum | cut -d ' ' -f 1
}

# digest_sources FOLDER...: one hash of the Python files below the folders.
digest_sources() { find "$@" -name '*.py' -print0 | sort -z | xargs -0 cat | sha256sum | cut -d ' ' -f 1; }

# Shows the elapsed time while a silent command runs and, if the log counts files like ninja, [done/all].
heartbeat() {
    local log=$1 started=$SECONDS every=30 start='    ' end='\n' never elapsed counted
    if [[ -t 1 ]]; then every=1 start='\r\033[K    ' end=''; fi
    # Reading a pipe without a writer replaces `sleep`, whose process would outlive the heartbeat and hold its files.
    exec {never}<> <(:)
    # The loop checks the script itself, because a killed script cannot stop its heartbeat.
    while kill -0 $$ 2>/dev/null; do
        read -rt 1 -u "$never" || true
        elapsed=$((SECONDS - started))
        ((elapsed % every == 0)) || continue
        counted=$(grep -oE '\[[0-9]+/[0-9]+\]' "$log" | tail -n 1) || true
        printf "$start%s$end" "$(duration $elapsed)${counted:+, $counted}"
    done
}

# attempt NAME REMEDY COMMAND...: run a command; a failure ends the script with one line. The output goes to a log in
# $STEPS_DIR, and with SHOW=1 to the terminal as well.
attempt() {
    local name=$1 remedy=$2 log=$STEPS_DIR/${1// /-}.log started=$SECONDS status pulse
    shift 2
    mkdir -p "$STEPS_DIR"
    say "$name ..."
    # `set -e` has no effect inside a condition, so the command is called between `set +e` and `set -e` instead.
    set +e
    if [[ ${SHOW:-} ]]; then
        (set -e; "$@") 2>&1 | tee "$log"
        status=${PIPESTATUS[0]}
    else
        : >"$log"
        heartbeat "$log" &
        pulse=$!
        (set -e; "$@") >"$log" 2>&1
        status=$?
        { kill "$pulse" && wait "$pulse"; } 2>/dev/null
        if [[ -t 1 ]]; then printf '\r\033[K'; fi
    fi
    set -e
    ((status == 0)) || fail "step '$name' failed (exit $status). Log: $log. Remedy: $remedy"
    say "$name: done in $(duration $((SECONDS - started)))"
}

# step NAME PROOF KEY REMEDY COMMAND...: an attempt that is skipped if an earlier one with the same KEY (a digest of its
# inputs) succeeded and the file or folder PROOF that it made still exists.
step() {
    local name=$1 proof=$2 key=$3 remedy=$4 stamp=$STEPS_DIR/${1// /-}.done
    shift 4
    if [[ -e $proof && -f $stamp && $(<"$stamp") == "$key" ]]; then
        say "$name: already done"
        return
    fi
    rm -f "$stamp"
    attempt "$name" "$remedy" "$@"
    [[ -e $proof ]] || fail "step '$name' ended without making $proof. Log: ${stamp%.done}.log. Remedy: $remedy"
    # Written under another name and renamed, so that an incomplete stamp does not count as done.
    echo "$key" >"$stamp.new" && mv "$stamp.new" "$stamp"
}
