# Which blocks of a 12-block teacher are distilled, at the relative depths of layers_24_blocks.py.
base_config = '../demo/dinov2s_vitt.py'
variants = {
    'layer 11': dict(teacher_layers=[11]),
    'layers 5, 11': dict(teacher_layers=[5, 11]),
    'layers 8, 11': dict(),
    'layers 9, 11': dict(teacher_layers=[9, 11]),
    'layers 5, 8, 11': dict(teacher_layers=[5, 8, 11]),
    'layers 2, 5, 8, 11': dict(teacher_layers=[2, 5, 8, 11]),
}
