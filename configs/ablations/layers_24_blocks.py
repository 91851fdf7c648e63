# Which blocks of a 24-block teacher are distilled; the paper uses 17 and 23.
base_config = '../singer/vitl_vitt.py'
variants = {
    'layer 23': dict(teacher_layers=[23]),
    'layers 11, 23': dict(teacher_layers=[11, 23]),
    'layers 17, 23': dict(),
    'layers 20, 23': dict(teacher_layers=[20, 23]),
    'layers 11, 17, 23': dict(teacher_layers=[11, 17, 23]),
    'layers 5, 11, 17, 23': dict(teacher_layers=[5, 11, 17, 23]),
}
