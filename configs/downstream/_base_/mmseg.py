_base_ = ['backbone.py', 'runtime.py']

default_scope = 'mmseg'
custom_imports = dict(imports=['singer_mm.libraries.mmseg'], allow_failed_imports=False)
visualizer = dict(type='SegLocalVisualizer', vis_backends={{_base_.vis_backends}})
log_processor = dict(type='LogProcessor', window_size=50)
