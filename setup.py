"""Version ranges and extras; the tested versions are in ``requirements/constraints.txt``."""

import runpy
import sys
import sysconfig
from importlib.metadata import distributions

from setuptools import find_packages, setup

# The distributions of upstream OpenMMLab and those that OneDL maintains have the same import names.
UPSTREAM = {
    'mmengine': 'mmengine>=0.10.4',
    'mmcv': 'mmcv>=2.0.1,<2.2',
    'mmpretrain': 'mmpretrain>=1.2',
    'mmseg': 'mmsegmentation>=1.2.2',
    'mmdet': 'mmdet>=3.3',
}
ONEDL = {
    'mmengine': 'onedl-mmengine>=0.10.8',
    'mmcv': 'onedl-mmcv>=2.3',
    'mmpretrain': 'onedl-mmpretrain>=1.3.6',
    'mmseg': 'onedl-mmsegmentation>=1.4',
    'mmdet': 'onedl-mmdetection>=3.5',
}
OPENCV = ('opencv-python-headless', 'opencv-python', 'opencv-contrib-python', 'opencv-contrib-python-headless')


def installed_distributions() -> set[str]:
    """Return the names of the distributions in the user's environment.

    pip's build isolation removes the environment from ``sys.path``, but not from ``sysconfig``. A build tool that runs
    another interpreter (uv, build) sees it only with ``--no-build-isolation``.
    """
    folders = {*sys.path, sysconfig.get_path('purelib'), sysconfig.get_path('platlib')}
    return {(distribution.metadata['Name'] or '').lower() for distribution in distributions(path=list(folders))}


installed = installed_distributions()
# Installing one stack over the other breaks both, so keep the installed one.
openmmlab = UPSTREAM if 'mmengine' in installed else ONEDL
# The same holds for OpenCV; the headless package can also be imported on servers.
opencv = next((name for name in OPENCV if name in installed), OPENCV[0])

setup(
    name='singer_mm',
    version=runpy.run_path('singer_mm/version.py')['__version__'],
    description='SiNGER distillation of Vision Transformers on OpenMMLab',
    license='Apache-2.0',
    packages=find_packages(include=['singer_mm', 'singer_mm.*']),
    package_data={'singer_mm.pages': ['templates/*']},
    python_requires='>=3.10',
    install_requires=[
        'torch>=2.6',  # 2.6: torch.serialization.safe_globals accepts stand-ins (utils/checkpoint_io.py)
        'torchvision>=0.21',  # matches torch 2.6
        'timm>=1.0.20',  # 1.0.20: DINOv3
        openmmlab['mmengine'],
        opencv,  # imported by mmengine; OneDL's distribution does not require it
        'jinja2>=3',
        'matplotlib>=3.7',
        'numpy>=1.24',
        'pillow>=9.5',
        'rich>=13',
        'safetensors>=0.4',
        'scikit-learn>=1.3',
        'scipy>=1.9',
    ],
    extras_require={
        'downstream': [openmmlab['mmcv'], openmmlab['mmpretrain'], openmmlab['mmseg'], 'ftfy', 'regex'],
        'detection': [openmmlab['mmcv'], openmmlab['mmdet'], 'pycocotools>=2.0.6'],
        # With pycocotools and transformers 5 installed, mmpretrain 1.3 cannot be imported, because its multimodal
        # models use functions that transformers 5 has removed.
        'export': ['onnx>=1.15', 'onnxruntime>=1.17', 'transformers>=4.57,<5'],
        'demo': ['onnx>=1.15', 'scikit-image>=0.22'],
        'dev': [
            'hypothesis>=6.100',
            'mypy',
            'pre-commit',
            'pytest>=8',
            'pytest-xdist>=3.5',
            'ruff',
            'tensorboard>=2.14',
        ],
    },
)
