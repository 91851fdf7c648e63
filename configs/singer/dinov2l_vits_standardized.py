# SiNGER, DINOv2 ViT-L/14 to ViT-S/14, by the recommended recipe (docs/recommended_recipe.md). dinov2l_vits.py is the
# paper's.
_base_ = ['./dinov2l_vits.py', '../_base_/methods/singer_standardized.py']

model = {{_base_.singer_standardized}}
