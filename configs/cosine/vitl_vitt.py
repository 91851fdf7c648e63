# Cosine distance to the standardised tokens of the last block: plain feature distillation without a refiner, without
# attention maps or relations between tokens. Its two parts are in common use, but no published recipe is exactly this:
# - AM-RADIO (arXiv 2312.06709) takes one minus the cosine for the summary (CLS) token and, for patches, 0.9 times that
#   plus 0.1 times smooth L1, of features as they are, each teacher behind its own MLP head; its successor PHI-S (arXiv
#   2410.01680) standardises the teacher (a rotation, then one scale for all channels) and takes the MSE of patches.
# - UNIC and Theia standardise each channel by the teacher's mean and deviation and add cosine and smooth L1.
# - lightly-train does not use the cosine as a loss: its v2 takes the MSE of patch tokens after the final norm, of the
#   last two blocks side by side, of mixed-up images; its v3 matches similarities of L2-normalised features by KL.
# Here: CLS and patches alike, a linear projector, each channel standardised by running statistics, cosine alone.
_base_ = '../fitnet/vitl_vitt.py'

model = dict(
    teacher_layers=[23],
    loss_kd=dict(normalization='channel', distance='cosine'),
)
