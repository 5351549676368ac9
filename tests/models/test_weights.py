"""Weights from every kind of file that holds them, and a sentence for every other file."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.deep.weights import seeded, write_official_layout
from figecho.errors import InputError
from figecho.models.vgg16 import build
from figecho.models.weights import Convolution, read_weights
from small_vgg import SMALL

h5py = pytest.importorskip("h5py")
LAYERS = seeded(SMALL)
NAMES = [
    f"block{block}_conv{number}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for number in range(1, count + 1)
]


def official(path: Path) -> None:
    write_official_layout(path, LAYERS, SMALL)


def with_top(path: Path) -> None:
    official(path)
    with h5py.File(path, "a") as file:
        for name in ("fc1", "fc2", "predictions"):
            file[f"{name}/{name}_W_1:0"] = np.zeros((8, 4), np.float32)
            file[f"{name}/{name}_b_1:0"] = np.zeros(4, np.float32)


def whole_model(path: Path) -> None:
    """As ``model.save("vgg16.h5")`` writes it, the optimizer's moments included."""
    with h5py.File(path, "w") as file:
        for name, layer in zip(NAMES, LAYERS, strict=True):
            file[f"model_weights/{name}/{name}/kernel:0"] = layer.kernel.transpose(2, 3, 1, 0)
            file[f"model_weights/{name}/{name}/bias:0"] = layer.bias
            file[f"optimizer_weights/Adam/m/{name}/kernel:0"] = np.zeros((3, 3, 1, 1), np.float32)


def keras_3(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for number, layer in enumerate(LAYERS):
            name = "conv2d" if number == 0 else f"conv2d_{number}"
            file[f"layers/{name}/vars/0"] = layer.kernel.transpose(2, 3, 1, 0)
            file[f"layers/{name}/vars/1"] = layer.bias
        file["layers/dense/vars/0"] = np.zeros((8, 4), np.float32)


def safetensors(path: Path, rename: Callable[[str], str] = lambda name: name, hwio: bool = False) -> None:
    header, data = {"__metadata__": {"format": "np"}}, b""
    for name, layer in zip(NAMES, LAYERS, strict=True):
        kernel = layer.kernel.transpose(2, 3, 1, 0) if hwio else layer.kernel
        for part, array in (("weight", kernel), ("bias", layer.bias)):
            raw = np.ascontiguousarray(array).tobytes()
            offsets = [len(data), len(data) + len(raw)]
            header[rename(f"{name}.{part}")] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
            data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def onnx(path: Path) -> None:
    path.write_bytes(build(LAYERS, SMALL))


def hwio(path: Path) -> None:
    safetensors(path, hwio=True)


@pytest.mark.parametrize("write", [official, with_top, whole_model, keras_3, safetensors, hwio, onnx])
def test_every_kind_of_file_gives_the_same_layers(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "weights")
    found = read_weights(tmp_path / "weights", SMALL)
    assert len(found) == len(LAYERS)
    for layer, expected in zip(found, LAYERS, strict=True):
        assert (layer.kernel == expected.kernel).all() and (layer.bias == expected.bias).all()


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_weights(path, SMALL)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("write", [official, safetensors, onnx])
def test_a_truncated_file_is_refused(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    for share in (0.02, 0.5, 0.999):
        (tmp_path / "cut").write_bytes(data[: int(share * len(data))])
        refused(tmp_path / "cut", "truncated|damaged|ends")


def test_other_files_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "missing.h5", "No such file")
    for name, data, words in (
        ("empty.h5", b"", "the file is empty"),
        ("words.h5", b"these are only words, and not weights", "none of"),
        ("model.pth", b"PK\x03\x04" + bytes(60), "pickle can run code"),
    ):
        (tmp_path / name).write_bytes(data)
        refused(tmp_path / name, words)


def test_another_architecture_is_refused_by_its_name(tmp_path: Path) -> None:
    vgg19 = ((4, 4), (6, 6), (8,) * 4, (8,) * 4, (8,) * 4)
    write_official_layout(tmp_path / "vgg19.h5", seeded(vgg19), vgg19)
    refused(tmp_path / "vgg19.h5", "16, like VGG19.*onnx:FILE")
    wide = ((4, 4), (6, 6), (8, 9, 8), (8, 8, 8), (8, 8, 8))
    write_official_layout(tmp_path / "wide.h5", seeded(wide), wide)
    refused(tmp_path / "wide.h5", r"convolution 6 has the shape \(9, 8, 3, 3\), not \(8, 8, 3, 3\)")


def test_weights_of_torchvision_are_refused_because_their_preprocessing_is_another(tmp_path: Path) -> None:
    safetensors(
        tmp_path / "vgg16.safetensors", lambda name: f"features.{NAMES.index(name.split('.')[0])}.{name.split('.')[1]}"
    )
    refused(tmp_path / "vgg16.safetensors", "torchvision.*another training.*onnx:FILE")


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    bad = [*LAYERS[:-1], Convolution(LAYERS[-1].kernel * np.float32(np.nan), LAYERS[-1].bias)]
    write_official_layout(tmp_path / "nan.h5", bad, SMALL)
    refused(tmp_path / "nan.h5", "convolution 13 holds values that are not finite")


def test_a_missing_bias_is_noticed(tmp_path: Path) -> None:
    official(tmp_path / "weights.h5")
    with h5py.File(tmp_path / "weights.h5", "a") as file:
        del file["block2_conv1/block2_conv1_b_1:0"]
    refused(tmp_path / "weights.h5", "lacks the kernel or the bias")
