"""A task that raw pixels solve would tell nothing about features."""

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from singer_mm.mini.portrait import View, portrait
from singer_mm.mini.render import render
from singer_mm.mini.writers.imagenet_writer import CLASSES

pytestmark = pytest.mark.slow

CLASSES_USED, TRAIN, TEST = 8, 12, 6


def test_a_linear_probe_on_pixels_stays_below_one_half():
    pixels, labels = [], []
    for index in range(TRAIN + TEST):
        for label, build in enumerate(list(CLASSES.values())[:CLASSES_USED]):
            rng = np.random.default_rng([index, label])
            image = render(portrait('', build(rng), rng, View(sides=(48, 64)))).image
            pixels.append(cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA).ravel() / 255)
            labels.append(label)
    split = TRAIN * CLASSES_USED
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300)).fit(
        pixels[:split], labels[:split]
    )
    accuracy = probe.score(pixels[split:], labels[split:])
    assert accuracy < 0.5  # chance is 1/8
