# Cosine distance to the standardised tokens of the last block: plain feature distillation without a refiner, attention
# maps or relations between tokens. Both parts are common, but no published recipe is exactly this:
# - AM-RADIO (arXiv 2312.06709) uses one minus the cosine for the summary (CLS) token, and 0.9 times that plus 0.1 times
#   smooth L1 for patches. Features are not standardised; each teacher has its own MLP head. Its successor PHI-S
#   (arXiv 2410.01680) standardises the teacher (a rotation, then one scale for all channels); patches get the MSE.
# - UNIC and Theia standardise each channel by the teacher's mean and deviation, and add cosine and smooth L1.
# - lightly-train does not use the cosine as a loss. Its v2 uses the MSE of patch tokens after the final norm, of the
#   last two blocks concatenated, on images with mixup. Its v3 matches similarities of L2-normalised features by KL.
# Here: one loss for CLS and patches, a linear projector, channels standardised by running statistics, only the cosine.
_base_ = '../fitnet/vitl_vitt.py'

model = dict(
    teacher_layers=[23],
    loss_kd=dict(normalization='channel', distance='cosine'),
)
