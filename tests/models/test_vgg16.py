"""VGG16's numbers: those of Keras, and those of a convolution written down plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.deep.weights import seeded, write_official_layout
from figecho.features.embed import VGG16_RECIPE, tensor
from figecho.models.model import ModelCard
from figecho.models.onnx_model import OnnxModel, find_ports
from figecho.models.preprocess import Shrink
from figecho.models.session import OnnxSession
from figecho.models.vgg16 import build
from figecho.models.weights import Convolution, read_weights
from small_vgg import SMALL, pattern

#: What Keras 3.15 says of `pattern(301, 263)` and of the first channel of `pattern(90, 411)`, read by ``load_img`` and
#: fed by ``preprocess_input``, with ``seeded(SMALL)`` as weights: benchmarks/deep/reference.py.
KERAS = (
    (122.5462, 69.21676, 36.17774, 11.14891, 3.725754, 9.809916, 45.87683, 24.81052),
    (129.0576, 65.88101, 37.28704, 9.559751, 2.475452, 8.321869, 44.97641, 23.47882),
)


@pytest.fixture
def model(tmp_path: Path) -> OnnxModel:
    """The small network by the same way as VGG16: official file layout → graph → onnxruntime."""
    path = tmp_path / "small_notop.h5"
    write_official_layout(path, seeded(SMALL), SMALL)
    session = OnnxSession(build(read_weights(path, SMALL), SMALL), path)
    ports = find_ports(session, VGG16_RECIPE)
    return OnnxModel(session, VGG16_RECIPE, ModelCard("small", "", ""), ports, batch=2)


def test_no_pictures_are_no_rows(model: OnnxModel) -> None:
    assert len(model.describe([])) == 0


def test_the_features_are_those_of_keras(model: OnnxModel) -> None:
    rows = model.describe([model.preparation(pattern(301, 263)), model.preparation(pattern(90, 411)[..., 0])])
    assert rows == pytest.approx(np.array(KERAS), rel=1e-4)


def test_a_batch_changes_nothing(model: OnnxModel) -> None:
    prepared = [model.preparation(pattern(80 + 9 * number, 70)) for number in range(5)]
    alone = np.concatenate([model.describe([one]) for one in prepared])
    assert model.describe(prepared) == pytest.approx(alone, rel=1e-5)


def test_the_features_are_those_of_a_plain_convolution(model: OnnxModel) -> None:
    prepared = Shrink(VGG16_RECIPE)(pattern(301, 263))
    expected = plainly(tensor(prepared[None], VGG16_RECIPE)[0].astype(np.float64), seeded(SMALL))
    assert model.describe([prepared])[0] == pytest.approx(expected, rel=1e-4)


def plainly(planes: np.ndarray, layers: list[Convolution]) -> np.ndarray:
    """VGG by its definition: (3, h, w) → the mean over the last map."""
    left = iter(layers)
    for block in SMALL:
        for _ in block:
            layer = next(left)
            padded = np.pad(planes, ((0, 0), (1, 1), (1, 1)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
            planes = np.einsum("ihwyx,oiyx->ohw", windows, layer.kernel.astype(np.float64), optimize=True)
            planes = np.maximum(planes + layer.bias[:, None, None], 0)
        channels, height, width = planes.shape
        planes = planes.reshape(channels, height // 2, 2, width // 2, 2).max(axis=(2, 4))
    return planes.mean(axis=(1, 2))
