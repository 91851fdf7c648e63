# SiNGER, ViT-L/16 to ViT-Ti/16, by the recommended recipe (docs/recommended_recipe.md). vitl_vitt.py is the paper's.
_base_ = ['./vitl_vitt.py', '../_base_/methods/singer_standardized.py']

model = {{_base_.singer_standardized}}
