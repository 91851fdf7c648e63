_base_ = ['backbone.py', 'runtime.py']

default_scope = 'mmpretrain'
custom_imports = dict(imports=['singer_mm.libraries.mmpretrain'], allow_failed_imports=False)
visualizer = dict(type='UniversalVisualizer', vis_backends={{_base_.vis_backends}})
log_processor = dict(type='LogProcessor', window_size=50)
