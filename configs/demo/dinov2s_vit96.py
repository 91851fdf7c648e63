# The demo with a student of 6 blocks and width 96, for experiments with many runs: tools/analysis/planted_artifacts.py.
_base_ = './dinov2s_vitt.py'

model = dict(student=dict(embed_dim=96, depth=6, num_heads=3))
