# The backbone to evaluate: a timm name, an exported student (.pth or .safetensors), or a dict of a TokenBackbone.
# `--backbone` of tools/train.py and tools/test.py sets it, and so do the arguments of tools/benchmark.py.
backbone = 'vit_tiny_patch16_224.augreg_in21k_ft_in1k'
