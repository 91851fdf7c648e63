# What is evaluated: a timm name, a student exported by us (.pth or .safetensors), or a dict of a TokenBackbone.
# `--backbone` of tools/train.py, tools/test.py and tools/benchmark.py sets it too.
backbone = 'vit_tiny_patch16_224.augreg_in21k_ft_in1k'
