_base_ = ['backbone.py', 'runtime.py']

default_scope = 'mmpretrain'
visualizer = dict(type='UniversalVisualizer', vis_backends={{_base_.vis_backends}})
log_processor = dict(type='LogProcessor', window_size=50)
