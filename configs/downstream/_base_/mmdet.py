_base_ = ['backbone.py', 'runtime.py']

default_scope = 'mmdet'
custom_imports = dict(imports=['singer_mm.libraries.mmdet'], allow_failed_imports=False)
# Images have hundreds of shapes, and cuDNN would measure its algorithms for each of them.
env_cfg = dict(cudnn_benchmark=False)
visualizer = dict(type='DetLocalVisualizer', vis_backends={{_base_.vis_backends}})
log_processor = dict(type='LogProcessor', window_size=50)
