# The demo by the recommended recipe (docs/recommended_recipe.md). dinov2s_vitt.py is the paper's recipe.
_base_ = ['./dinov2s_vitt.py', '../_base_/methods/singer_standardized.py']

model = {{_base_.singer_standardized}}
