"""What each OpenMMLab library needs of ours: one module for a config's ``custom_imports``.

Our registries import the core (distillers, hooks, loops) by themselves. Classes that build on mmpretrain, mmseg or
mmdet are imported only where a config asks for that library::

    custom_imports = dict(imports=['singer_mm.libraries.mmseg'], allow_failed_imports=False)

MMEngine replaces lists, so a config of your own names both: ``imports=['singer_mm.libraries.mmseg', 'my_package']``.
"""
