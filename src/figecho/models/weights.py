"""A file of VGG16 weights → its thirteen convolutions, whatever program wrote it; anything else is refused.

Read are Keras' ``.h5`` files (the official one without top, with top, whole models, and Keras 3's ``.weights.h5``),
safetensors with the layers' Keras names, and ONNX. The kind is told by the first bytes.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.errors import InputError
from figecho.models.extra import needed

Array = NDArray[np.float32]
#: Channels that each convolution of each block puts out (Simonyan & Zisserman 2015, table 1, column D).
Blocks = tuple[tuple[int, ...], ...]
VGG16: Blocks = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))

#: ``block3_conv2`` as every Keras file of the applications names it, and what of it an array is.
_KERAS_NAME = re.compile(r"block(\d)_conv(\d)")
#: Keras 3 numbers the convolutions of a ``.weights.h5`` instead: ``layers/conv2d_12/vars/0``.
_KERAS_3_NAME = re.compile(r"layers/conv2d(?:_(\d+))?/vars/[01]$")
#: torchvision's and timm's names. Their weights come from another training that saw other colours and ranges.
_TORCHVISION_NAME = re.compile(r"(^|[./])features\.\d+\.(weight|bias)$")
_SAFETENSORS_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
#: The longest header that the safetensors format allows.
_LONGEST_HEADER = 100_000_000
WHOLE = "get a complete copy; its MD5 is known for the official file, see docs/how-to/deep-features.md"
OTHER = "give VGG16's, or run this model with --method onnx:FILE"


@dataclass(frozen=True, eq=False)
class Convolution:
    """``kernel`` (out, in, 3, 3) and ``bias`` (out,), both float32."""

    kernel: Array
    bias: Array


def read_weights(path: Path, blocks: Blocks = VGG16) -> tuple[Convolution, ...]:
    """The convolutions in the order of the network, checked against ``blocks``.

    Raises
    ------
    InputError : no such file, a truncated or damaged one, another kind, or another architecture.
    UnavailableError : the libraries that read it are not installed.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise InputError(
            path, "unreadable", f"the weights cannot be read ({error.strerror})", "check the path"
        ) from error
    if not head:
        raise InputError(path, "empty", "the file is empty", WHOLE)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        found = _by_name(path, _read_h5(path))
    elif head[8:9] == b"{":
        found = _by_name(path, _read_safetensors(path))
    elif head.startswith((b"PK\x03\x04", b"\x80")):
        remedy = "give Keras' .h5, safetensors or ONNX: a pickle can run code; a .keras archive holds an .h5 to unpack"
        raise InputError(path, "unsupported", "this is a PyTorch pickle or an archive", remedy)
    else:
        found = _from_onnx(path)
    return _checked(path, found, blocks)


# ---- the kinds of files ---------------------------------------------------------------------------------------


def _read_h5(path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of the file that belongs to a layer, under its full name."""
    h5py = needed("h5py")
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            names: list[str] = []
            root.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                if not name.startswith("optimizer") and (_KERAS_NAME.search(name) or _KERAS_3_NAME.search(name)):
                    yield name, root[name][()]
    except (OSError, RuntimeError, KeyError) as error:
        code = "truncated" if "truncated" in str(error) else "damaged"
        raise InputError(path, code, f"the file is {code} (HDF5 says: {_one_line(error)})", WHOLE) from error


def _read_safetensors(path: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """https://huggingface.co/docs/safetensors: the header's length, the header in JSON, the arrays' bytes."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    if length > min(_LONGEST_HEADER, len(data) - 8):
        raise InputError(path, "truncated", "the file ends early, or is no safetensors file", WHOLE)
    try:
        header = json.loads(data[8 : 8 + length])
        entries = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
        for name, entry in entries:
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            if end > len(data):
                raise InputError(path, "truncated", f"the file ends within {name}", WHOLE)
            if entry["dtype"] not in _SAFETENSORS_TYPES:
                raise InputError(path, "unsupported", f"{name} has the type {entry['dtype']}", "save it as F32")
            yield name, np.frombuffer(data[begin:end], _SAFETENSORS_TYPES[entry["dtype"]]).reshape(entry["shape"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(path, "damaged", f"its safetensors header is damaged ({_one_line(error)})", WHOLE) from error


def _from_onnx(path: Path) -> list[Convolution]:
    """The convolutions of an exported network, in the order in which it computes them."""
    onnx, protobuf = needed("onnx"), needed("google.protobuf.message")
    try:
        graph = onnx.load(str(path)).graph
        constants = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    except (protobuf.DecodeError, ValueError, OSError, onnx.checker.ValidationError) as error:
        cause = f"this is none of Keras' .h5, safetensors or ONNX, or it is damaged ({_one_line(error)})"
        raise InputError(path, "unsupported", cause, WHOLE) from error
    found = []
    for node in (node for node in graph.node if node.op_type == "Conv"):
        arrays = [constants.get(name) for name in node.input[1:]]
        if len(arrays) != 2 or arrays[0] is None or arrays[1] is None:
            raise InputError(path, "unsupported", "its convolutions do not carry their weights and biases", OTHER)
        _refuse_torchvision(path, node.input[1])
        found.append(Convolution(_float32(arrays[0]), _float32(arrays[1])))
    return found


# ---- names to layers, and the check ---------------------------------------------------------------------------


def _by_name(path: Path, arrays: Iterator[tuple[str, NDArray[Any]]]) -> list[Convolution]:
    """Kernels (3, 3, in, out) or (out, in, 3, 3) and biases, put together by the layer that their names tell."""
    kernels: dict[tuple[int, ...], Array] = {}
    biases: dict[tuple[int, ...], Array] = {}
    for name, array in arrays:
        _refuse_torchvision(path, name)
        if (place := _place(name)) is not None:
            if array.ndim == 4:
                hwio = array.shape[:2] == (3, 3)
                kernels[place] = _float32(array.transpose(3, 2, 0, 1) if hwio else array)
            elif array.ndim == 1:
                biases[place] = _float32(array)
    if set(kernels) != set(biases):
        raise InputError(path, "damaged", "it lacks the kernel or the bias of some convolution", WHOLE)
    return [Convolution(kernels[place], biases[place]) for place in sorted(kernels)]


def _place(name: str) -> tuple[int, ...] | None:
    """Where in the network a convolution of this name stands: sortable, and None for anything else."""
    if keras := _KERAS_NAME.search(name):
        return int(keras[1]), int(keras[2])
    if keras_3 := _KERAS_3_NAME.search(name):
        return (int(keras_3[1] or 0),)
    return None


def _refuse_torchvision(path: Path, name: str) -> None:
    if _TORCHVISION_NAME.search(name):
        cause = f"these are torchvision's weights ({name}): another training, with other preprocessing than Keras'"
        remedy = "export that model to ONNX and use --method onnx:FILE, see docs/how-to/deep-features.md"
        raise InputError(path, "unsupported", cause, remedy)


def _checked(path: Path, found: Sequence[Convolution], blocks: Blocks) -> tuple[Convolution, ...]:
    """The same, if the shapes are those of the architecture and the numbers are numbers."""
    outputs = [channels for block in blocks for channels in block]
    if len(found) != len(outputs):
        known = {0: "no VGG convolution", 8: "8, like VGG11", 10: "10, like VGG13", 16: "16, like VGG19"}
        what = known.get(len(found), str(len(found)))
        cause = f"it is not VGG16, which has {len(outputs)} convolutions: it holds {what}"
        raise InputError(path, "unsupported", cause, OTHER)
    inputs = [3, *outputs[:-1]]
    for number, (layer, ins, outs) in enumerate(zip(found, inputs, outputs, strict=True), start=1):
        expected = (outs, ins, 3, 3)
        if layer.kernel.shape != expected or layer.bias.shape != (outs,):
            cause = f"it is not VGG16: convolution {number} has the shape {layer.kernel.shape}, not {expected}"
            raise InputError(path, "unsupported", cause, OTHER)
        if not (np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all()):
            raise InputError(path, "damaged", f"convolution {number} holds values that are not finite", WHOLE)
    return tuple(found)


def _float32(array: NDArray[Any]) -> Array:
    return np.ascontiguousarray(array, dtype=np.float32)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
