"""Any image-embedding network in ONNX: its inputs and outputs found, fed in batches, pooled to one vector a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from figecho.errors import OptionError
from figecho.features import embed
from figecho.features.embed import Recipe
from figecho.models.model import ModelCard, Pixels
from figecho.models.preprocess import Shrink

#: How an output of more than one vector per picture becomes one: the mean over positions, or the class token.
Pool = Literal["mean", "first"]
#: What exporters call the vector that is meant to stand for the picture, in the order of preference.
EMBEDDING_NAMES = ("embedding", "embeddings", "image_embeds", "pooler_output", "sentence_embedding")
_TYPES: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Port(Protocol):
    """An input or output as onnxruntime describes it: a symbolic dimension is text or None."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def shape(self) -> Sequence[int | str | None]: ...


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`; a test may give its own."""

    def get_inputs(self) -> Sequence[Port]: ...

    def get_outputs(self) -> Sequence[Port]: ...

    def run(self, outputs: list[str], feed: Mapping[str, NDArray[Any]]) -> Sequence[NDArray[Any]]: ...


@dataclass(frozen=True)
class Ports:
    """How a network is fed and what is read from it. ``batch`` is None where it takes any number of pictures."""

    input: str
    dtype: type[np.floating[Any]]
    channels_last: bool
    batch: int | None
    output: str


@dataclass(frozen=True, eq=False)
class OnnxModel:
    """`figecho.models.model.Model` of a network; vectors are (n, d) float32 and compared by their cosine."""

    session: Session
    recipe: Recipe
    card: ModelCard
    ports: Ports
    pool: Pool | None = None
    batch: int = 8

    @property
    def preparation(self) -> Shrink:
        return Shrink(self.recipe)

    def describe(self, prepared: Sequence[Pixels]) -> NDArray[np.float32]:
        size = self.ports.batch or self.batch
        rows = [self._run(prepared[start : start + size]) for start in range(0, len(prepared), size)]
        return np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
        return embed.cosine(a, b)

    def nearest(self, queries: NDArray[np.float32], stored: NDArray[np.float32], most: int) -> NDArray[np.int64]:
        return embed.nearest(queries, stored, most)

    def _run(self, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        values = embed.tensor(np.stack(pictures), self.recipe)
        if self.ports.channels_last:
            values = values.transpose(0, 2, 3, 1)
        missing = (self.ports.batch or 0) - len(pictures)  # a network with a fixed batch is fed blanks to the end
        if missing > 0:
            values = np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])
        feed = {self.ports.input: np.ascontiguousarray(values, dtype=self.ports.dtype)}
        (answer,) = self.session.run([self.ports.output], feed)
        return pooled(np.asarray(answer)[: len(pictures)], self.pool)


def find_ports(session: Session, recipe: Recipe, output: str | None = None) -> Ports:
    """The one input that takes pictures of the recipe's size, and the output to read: ``output`` where it is named.

    Raises
    ------
    OptionError : the network wants something else, or has no such output.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise OptionError(f"the network has {len(inputs)} inputs ({_names(inputs)}); export it with one, the pictures")
    (port,) = inputs
    if port.type not in _TYPES or len(port.shape) != 4:
        raise OptionError(
            f"the network's input {port.name} is {port.type} {list(port.shape)};"
            " export it with float pictures, (n, 3, height, width) or (n, height, width, 3)"
        )
    channels_last = port.shape[1] != 3 and port.shape[3] == 3
    size = port.shape[1:3] if channels_last else port.shape[2:4]
    for expected, given in zip(size, (recipe.height, recipe.width), strict=True):
        if isinstance(expected, int) and expected != given:
            raise OptionError(
                f"the network sees {size[0]} × {size[1]} pixels, the recipe gives {recipe.height} × {recipe.width};"
                ' correct "height" and "width" in the file beside the model'
            )
    batch = port.shape[0] if isinstance(port.shape[0], int) else None
    return Ports(port.name, _TYPES[port.type], channels_last, batch, _output(session.get_outputs(), output))


def fixed_size(session: Session) -> tuple[int, int] | None:
    """(height, width) that the network insists on, if it does."""
    shape = session.get_inputs()[0].shape
    if len(shape) != 4:
        return None
    height, width = shape[1:3] if shape[1] != 3 and shape[3] == 3 else shape[2:4]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _output(outputs: Sequence[Port], wanted: str | None) -> str:
    names = [port.name for port in outputs]
    if wanted is not None:
        if wanted not in names:
            raise OptionError(f"the network has no output {wanted!r}; it has {_names(outputs)}")
        return wanted
    known = [name for name in EMBEDDING_NAMES if name in names]
    vectors = [port.name for port in outputs if len(port.shape) == 2]
    return (known or vectors or names)[0]


def pooled(answer: NDArray[Any], pool: Pool | None) -> NDArray[np.float32]:
    """(n, d), (n, tokens, d) or (n, d, h, w) → (n, d) float32.

    Where ``pool`` is None, the first of several tokens is taken (the class token of a vision transformer), and the mean
    over a feature map.
    """
    if answer.ndim == 3:
        answer = answer.mean(axis=1) if pool == "mean" else answer[:, 0]
    elif answer.ndim == 4:
        answer = answer.mean(axis=(2, 3))
    if answer.ndim != 2:
        raise OptionError(f'the network\'s output has the shape {answer.shape}; name another one as "output"')
    return np.asarray(answer, dtype=np.float32)


def _names(ports: Sequence[Port]) -> str:
    return ", ".join(port.name for port in ports) or "none"
