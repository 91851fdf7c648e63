#!/usr/bin/env bash
# Makes the environment of this project with the versions of requirements/constraints.txt.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"

usage() {
    cat <<'EOF'
Usage: bash tools/setup_env.sh [--without-detection]

Makes the environment: the versions of requirements/constraints.txt, mmcv with its compiled operators, and this project
in editable form. Finished steps are skipped.

  --without-detection  mmcv without operators, which take minutes to compile and need a C++ compiler, and no mmdet, which
                       needs them; operators that are there already stay
  --help               this text

Variables (export them: the other tools run this script too):
  SINGER_VENV    folder of the environment (default: .venv in the repository)
  SINGER_WHEELS  folder of the compiled mmcv (default: wheels/ in the environment)
  SINGER_TORCH   another torch, e.g. for an older GPU driver: 'torch==2.6.0 torchvision==0.21.0' (2.6 or newer)
EOF
}

detection=yes
case ${1:-} in
    '') ;;
    --without-detection) detection=no ;;
    -h | --help) usage && exit ;;
    *) fail "unknown argument '$1' (see --help)" ;;
esac

python=$VENV/bin/python
wheels=$(realpath -m "${SINGER_WHEELS:-$VENV/wheels}")
STEPS_DIR=$VENV/steps
cd "$ROOT"
constraints=requirements/constraints.txt

# --- Checks, before anything is written ---

is_supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in python3 python3.12 python3.11 python3.10; do
        # Run the command, because a version manager may provide a command without an interpreter.
        if is_supported "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail 'no Python 3.10, 3.11 or 3.12 found as python3, python3.12, python3.11 or python3.10: install one of them'
}

check_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$1 cannot make virtual environments: install its venv module (Debian: python3-venv)"
}

check_space() {
    local folder=$1 needed=$2 variable=$3 free
    until [[ -d $folder ]]; do folder=$(dirname "$folder"); done
    free=$(($(df -Pk "$folder" | awk 'NR == 2 { print $4 }') >> 20))
    ((free >= needed)) || fail "$free GB free in $folder, $needed needed: make room, or name another place in $variable"
}

check_compiler() {
    local compiler=${CXX:-c++} headers
    "$compiler" -std=c++17 -x c++ -o /dev/null - <<<'int main() {}' 2>/dev/null ||
        fail "no working C++17 compiler ('$compiler') to build mmcv with: install one (Debian: g++), or name one in CXX"
    headers=$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    [[ -f $headers/Python.h ]] ||
        fail "no $headers/Python.h to build mmcv with: install Python's headers (Debian: python3-dev)"
}

# Upstream's packages have the same import names, and so install the same files, as OneDL's.
check_clash() {
    local name
    for name in mmengine mmcv mmpretrain mmsegmentation mmdet; do
        if compgen -G "$VENV/lib/python3*/site-packages/$name-*.dist-info" >/dev/null; then
            fail "$VENV holds upstream's $name, and OneDL's would overwrite it: name another place in SINGER_VENV," \
                "or keep upstream's packages and run 'pip install -e .' there by hand"
        fi
    done
}

if [[ -e $python ]]; then
    base_python=$python
    is_supported "$python" || fail "$python is no working Python 3.10 to 3.12: remove $VENV and run this command again"
    check_clash
else
    base_python=$(find_python)
    check_venv_module "$base_python"
    check_space "$VENV" 10 SINGER_VENV
    check_space "${TMPDIR:-/tmp}" 4 TMPDIR
fi
if compgen -G "$VENV/lib/python3*/site-packages/mmcv/_ext*.so" >/dev/null; then detection=yes; fi
if [[ $detection == yes ]]; then
    compgen -G "$wheels/mmcv-[0-9]*/*.whl" >/dev/null || check_compiler "$base_python"
fi

# --- Commands of the steps ---

make_venv() {
    [[ -e $python ]] || "$base_python" -m venv --without-pip "$VENV"
    # A separate command, so that the next run repairs a run that was stopped between the two.
    "$python" -m ensurepip
}

install_torch() {
    "$python" -m pip install -c "$constraints" pip
    "$python" -m pip install -c "$constraints" torch torchvision numpy setuptools wheel packaging ninja psutil click
}

install_mmcv() {
    local folder=$1 device=$2
    if [[ ! -d $folder ]]; then
        # mmcv compiles with nvcc if torch finds a GPU.
        if [[ $device == cpu ]]; then export CUDA_VISIBLE_DEVICES=; fi
        # Python's own flags include debug symbols, which double the compile time.
        export CFLAGS="${CFLAGS:-} -g0" CXXFLAGS="${CXXFLAGS:-} -g0"
        # pip's own cache does not record the torch version of a wheel; the name of our folder does.
        MMCV_WITH_OPS=1 "$python" -m pip wheel --verbose --no-cache-dir --no-build-isolation --no-deps \
            -c "$constraints" --wheel-dir "$folder.unfinished" onedl-mmcv
        mv "$folder.unfinished" "$folder"
    fi
    "$python" -m pip install --no-deps --force-reinstall "$folder"/*.whl
}

install_mmcv_without_operators() {
    local folder=$1
    if [[ ! -d $folder ]]; then
        # OneDL's setup.py compiles the operators if it can import torch, so it is run where there is none: in isolation.
        "$python" -m pip wheel --no-cache-dir --no-deps -c "$constraints" --wheel-dir "$folder.unfinished" onedl-mmcv
        mv "$folder.unfinished" "$folder"
    fi
    "$python" -m pip install --no-deps --force-reinstall "$folder"/*.whl
}

install_project() {
    # With isolation, sources would be built with the newest setuptools instead of the pinned one.
    local extras=downstream,export,demo,dev
    if [[ $detection == yes ]]; then extras+=,detection; fi
    "$python" -m pip install --no-build-isolation -c "$constraints" -e ".[$extras]"
    # Both packages of OpenCV write the folder cv2/; the one without libGL is installed last and overwrites the other.
    "$python" -m pip install --no-deps --force-reinstall -c "$constraints" opencv-python-headless
}

check_environment() {
    "$python" -c 'import mmpretrain, mmseg, singer_mm'
    if [[ $detection == yes ]]; then "$python" -c 'import mmcv.ops, mmdet'; fi
    "$python" -m pip check
}

# --- The steps ---

say "environment: $VENV"
mkdir -p "$STEPS_DIR"
exec 9>"$STEPS_DIR/lock"
flock --nonblock 9 || { say 'another setup is running there; waiting for it' && flock 9; }

step 'virtual environment' "$VENV/bin/pip3" "$("$base_python" -V)" "remove $VENV and run this command again" \
    make_venv

if [[ ${SINGER_TORCH:-} ]]; then
    constraints=$STEPS_DIR/constraints.txt
    grep -vE '^(torch|torchvision|cuda-[a-z]+|sympy)==' requirements/constraints.txt >"$constraints"
    tr ' ' '\n' <<<"$SINGER_TORCH" >>"$constraints"
fi
key=$(digest "$constraints" "$("$python" -V)")
step 'torch and build tools' "$VENV/bin/torchrun" "$key" 'check that pip can reach its package index' \
    install_torch

facts=$("$python" -c '
import sys, torch
print(f"torch-{torch.__version__}-{sys.implementation.cache_tag}")
print(torch.version.cuda.split(".")[0] if torch.cuda.is_available() else "none")
') || fail "torch cannot be imported: remove $VENV and run this command again"
{ read -r tag && read -r cuda; } <<<"$facts"
nvcc=$(PATH=$PATH:${CUDA_HOME:-/usr/local/cuda}/bin nvcc --version 2>/dev/null |
    sed -n 's/.*release \([0-9]*\)\..*/\1/p') || true
device=cpu
if [[ $cuda == "$nvcc" ]]; then
    device=cuda
elif [[ $cuda != none ]]; then
    say "note: no nvcc of CUDA $cuda, so mmcv is compiled for the CPU alone and detection cannot train on the GPU"
elif compgen -G '/dev/nvidia[0-9]*' >/dev/null; then
    say "note: this torch does not work with the GPU's driver and will use the CPU; for another one see --help"
fi

version=$(sed -n 's/^onedl-mmcv==//p' "$constraints")
if [[ $detection == yes ]]; then
    folder=$wheels/mmcv-$version-$tag-$device
    step 'mmcv with operators' "$folder" "$(digest "$folder")" \
        "fix the compiler's first error in the log; if memory ran out, run this command again with MAX_JOBS=1" \
        install_mmcv "$folder" "$device"
else
    folder=$wheels/mmcv-lite-$version
    step 'mmcv without operators' "$folder" "$(digest "$folder")" 'check that pip can reach its package index' \
        install_mmcv_without_operators "$folder"
fi

key=$(digest "$key" "$folder" "$ROOT" setup.py pyproject.toml singer_mm/version.py)
step 'libraries and singer_mm' "$VENV/bin/pytest" "$key" 'check that pip can reach its package index' \
    install_project
step 'check of the environment' "$python" "$key" "remove $VENV and run this command again" \
    check_environment
