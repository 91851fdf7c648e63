"""The pictures of a benchmark: what the backbones make of each test set, side by side."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.results import BenchmarkResults
from singer_mm.benchmark.tasks import title_of
from singer_mm.errors import DataError
from singer_mm.pages.picture import Picture, save_picture
from singer_mm.utils.array_file import read_arrays
from singer_mm.visualization.box_overlay import DetectedBoxes, draw_box_overlay
from singer_mm.visualization.confusion_matrix import draw_confusion_matrices
from singer_mm.visualization.failure_examples import Failure, draw_failure_examples
from singer_mm.visualization.pixel_predictions import draw_depth_panels, draw_segmentation_overlay
from singer_mm.visualization.sweep_curves import draw_sweep_curves

from .job_files import load_photo, read_sweep

MODELS_DRAWN = 4  # side by side; more would be too small to see anything
ROWS_DRAWN = 3
FAILURES_DRAWN = 6
BOXES_DRAWN = 5
PHOTO_SIDE = 240
LABEL_WIDTH = 22  # letters

Arrays = Mapping[str, NDArray[Any]]


@dataclass
class Section:
    """One part of the page: pictures and, where something could not be drawn, the reason."""

    title: str
    pictures: list[Picture] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def draw_task(results: BenchmarkResults, task: str, out: Path) -> Section:
    """Draw the sweeps and the predictions of one task into ``out/pictures``.

    Predictions are those of the first protocol that has any, all pictures those of each backbone's first seed.
    """
    section = Section(title_of(task))
    for protocol in results.protocols:
        sweeps = collect(first_seeds(results, task, protocol), out, 'sweep.json', read_sweep, section)
        if sweeps:
            figure = draw_sweep_curves(sweeps)
            name = f'{task}_{protocol}_sweep.png'
            caption = (
                f'{protocol}: every head of the sweep on the held-out part of the training set; the ringed one was '
                'chosen and is the only one that saw the test set.'
            )
            section.pictures.append(save_picture(figure, out / 'pictures' / name, 'Sweep', caption))
    for protocol in results.protocols:
        predictions = collect(first_seeds(results, task, protocol), out, 'predictions.npz', read_arrays, section)
        kinds = {str(arrays.get('kind')) for arrays in predictions.values()}
        if len(kinds) == 1 and (draw := DRAWERS.get(kind := kinds.pop())):
            if kind == 'classification' or shared_paths(predictions):
                section.pictures += draw(task, protocol, predictions, out / 'pictures')
            break
    return section


def first_seeds(results: BenchmarkResults, task: str, protocol: str) -> list[JobResult]:
    """Return for each of the first backbones its finished job with the smallest seed."""
    finished = [job for job in results.select(task=task, protocol=protocol) if job.error is None]
    jobs = [
        min(of_backbone, key=lambda job: job.seed)
        for backbone in results.backbones
        if (of_backbone := [job for job in finished if job.backbone == backbone])
    ]
    return jobs[:MODELS_DRAWN]


def collect(
    jobs: Sequence[JobResult], out: Path, name: str, read: Callable[[Path], Any], section: Section
) -> dict[str, Any]:
    """Read a file of each job that has it; backbone to content. A damaged one is reported in the section."""
    contents = {}
    for job in jobs:
        path = out / job.folder / name
        if not path.is_file():
            continue
        try:
            contents[picture_label(job.backbone)] = read(path)
        except DataError as error:
            section.problems.append(error.sentence)
    return contents


def picture_label(backbone: str) -> str:
    """Return the label of a backbone in lines that fit above a small picture, broken after ``_``, ``.``, ``-``."""
    lines = ['']
    for part in re.split(r'(?<=[_.\-/ ])', backbone):
        if lines[-1] and len(lines[-1]) + len(part) > LABEL_WIDTH:
            lines.append('')
        lines[-1] += part
    return '\n'.join(lines)


def draw_classification(task: str, protocol: str, predictions: Mapping[str, Arrays], folder: Path) -> Iterator[Picture]:
    """Draw confusion matrices and the most confident mistakes."""
    names = class_names(predictions)
    answers = {model: (arrays['label'], arrays['prediction']) for model, arrays in predictions.items()}
    yield save_picture(
        draw_confusion_matrices(answers, names),
        folder / f'{task}_confusion.png',
        'Confusion',
        f'{protocol}. Only classes of the test set are shown, at most 40: those with the most errors. "Other" sums up '
        'all answers outside of them.',
    )
    failures = {model: confident_mistakes(arrays, names) for model, arrays in predictions.items()}
    if any(failures.values()):
        yield save_picture(
            draw_failure_examples(failures),
            folder / f'{task}_failures.png',
            'Most confident mistakes',
            f'{protocol}. For each backbone the wrong answers it was most sure of, one for each pair of classes.',
            photographic=True,
        )


def class_names(predictions: Mapping[str, Arrays]) -> list[str]:
    """Return a name for every label and prediction: the data set's, or the number."""
    largest = max(int(arrays[key].max()) for arrays in predictions.values() for key in ('label', 'prediction'))
    known: list[str] = next((arrays['classes'].tolist() for arrays in predictions.values() if 'classes' in arrays), [])
    return known + [f'class {label}' for label in range(len(known), largest + 1)]


def confident_mistakes(arrays: Arrays, names: Sequence[str]) -> list[Failure]:
    """Return the wrong answers with the highest confidence, at most one for each pair of true and predicted class."""
    chosen: dict[tuple[int, int], Failure] = {}
    wrong = np.flatnonzero(arrays['label'] != arrays['prediction'])
    for index in wrong[np.argsort(-arrays['confidence'][wrong], kind='stable')]:
        pair = int(arrays['label'][index]), int(arrays['prediction'][index])
        if pair not in chosen and len(chosen) < FAILURES_DRAWN:
            photo = load_photo(str(arrays['path'][index]), largest_side=PHOTO_SIDE)
            chosen[pair] = Failure(photo, names[pair[0]], names[pair[1]], float(arrays['confidence'][index]))
    return list(chosen.values())


def draw_segmentation(task: str, protocol: str, predictions: Mapping[str, Arrays], folder: Path) -> Iterator[Picture]:
    """Draw label maps on the photographs."""
    photos, labels, maps = dense_maps(predictions)
    first = next(iter(predictions.values()))
    palette = first.get('palette', (255 * np.array(colormaps['tab20'].colors)).astype(np.uint8))  # type: ignore[attr-defined]
    names = first['classes'].tolist() if 'classes' in first else None
    yield save_picture(
        draw_segmentation_overlay(photos, labels, maps, palette, names),
        folder / f'{task}_segmentation.png',
        'Predictions',
        f'{protocol}. Classes of pixels in the colours of the data set; where nothing is labelled, the truth shows '
        'the photograph alone.',
        photographic=True,
    )


def draw_depth(task: str, protocol: str, predictions: Mapping[str, Arrays], folder: Path) -> Iterator[Picture]:
    """Draw depth maps on one scale."""
    yield save_picture(
        draw_depth_panels(*dense_maps(predictions)),
        folder / f'{task}_depth.png',
        'Predictions',
        f'{protocol}. Depth on the scale of the truth, which is white where it is unknown. The error below a map is '
        'that of the whole image, without the crop of the benchmark.',
        photographic=True,
    )


def dense_maps(
    predictions: Mapping[str, Arrays],
) -> tuple[list[NDArray[Any]], list[NDArray[Any]], dict[str, list[NDArray[Any]]]]:
    """Return photographs, true maps ``(H, W)``, and each backbone's maps."""
    paths = shared_paths(predictions)
    truth = [map_of(next(iter(predictions.values())), 'label', path) for path in paths]
    photos = [load_photo(path, map_.shape, as_stored=True) for path, map_ in zip(paths, truth, strict=True)]
    maps = {model: [map_of(arrays, 'prediction', path) for path in paths] for model, arrays in predictions.items()}
    return photos, truth, maps


def draw_detection(task: str, protocol: str, predictions: Mapping[str, Arrays], folder: Path) -> Iterator[Picture]:
    """Draw boxes and masks on the photographs."""
    paths = shared_paths(predictions)
    found = {model: [best_boxes(arrays, path) for path in paths] for model, arrays in predictions.items()}
    yield save_picture(
        draw_box_overlay([load_photo(path, as_stored=True) for path in paths], found),
        folder / f'{task}_boxes.png',
        'Predictions',
        f'{protocol}. The {BOXES_DRAWN} boxes with the highest scores (in percent), however low.',
        photographic=True,
    )


def shared_paths(predictions: Mapping[str, Arrays]) -> list[str]:
    """Return the first images that every backbone's file shows."""
    shown = [arrays['shown_path'].tolist() for arrays in predictions.values()]
    return [path for path in shown[0] if all(path in paths for paths in shown)][:ROWS_DRAWN]


def map_of(arrays: Arrays, name: str, path: str) -> NDArray[Any]:
    """Return one array of the image ``path``."""
    return arrays[f'{name}_{arrays["shown_path"].tolist().index(path)}']


def best_boxes(arrays: Arrays, path: str) -> DetectedBoxes:
    """Return the best boxes of one image with class and score."""
    known = arrays['classes'].tolist() if 'classes' in arrays else []
    labels, scores = (map_of(arrays, name, path)[:BOXES_DRAWN] for name in ('labels', 'scores'))
    texts = [
        f'{known[label] if label < len(known) else label} {100 * score:.0f}'
        for label, score in zip(labels.tolist(), scores.tolist(), strict=True)
    ]
    has_masks = f'masks_{arrays["shown_path"].tolist().index(path)}' in arrays
    masks = map_of(arrays, 'masks', path)[:BOXES_DRAWN] if has_masks else None
    return DetectedBoxes(map_of(arrays, 'boxes', path)[:BOXES_DRAWN], texts, masks)


DRAWERS: dict[str, Callable[[str, str, Mapping[str, Arrays], Path], Iterator[Picture]]] = {
    'classification': draw_classification,
    'segmentation': draw_segmentation,
    'depth': draw_depth,
    'detection': draw_detection,
}
