"""onnxruntime behind `figecho.models.onnx_model.Session`: its errors become sentences that name the model's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figecho.errors import FigechoError, InputError
from figecho.models.extra import needed
from figecho.models.onnx_model import Port


class OnnxSession:
    """A network in ONNX, loaded; it runs on the CPU, where one file gives the same numbers everywhere.

    Parameters
    ----------
    model : the serialised network, or its file (whose weights may lie in other files beside it).
    path : what to name in messages.

    Raises
    ------
    InputError : no network that onnxruntime can load.
    UnavailableError : onnxruntime is not installed.
    """

    def __init__(self, model: bytes | Path, path: Path) -> None:
        onnxruntime = needed("onnxruntime")
        self._path = path
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is raised; the log would only repeat it on standard error
        source = model if isinstance(model, bytes) else str(model)
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except _runtime_errors() as error:
            raise self._sentence("onnxruntime cannot load this model", error) from error

    def get_inputs(self) -> Sequence[Port]:
        return self._session.get_inputs()  # type: ignore[no-any-return]

    def get_outputs(self) -> Sequence[Port]:
        return self._session.get_outputs()  # type: ignore[no-any-return]

    def run(self, outputs: list[str], feed: Mapping[str, NDArray[Any]]) -> Sequence[NDArray[np.floating[Any]]]:
        try:
            return self._session.run(outputs, dict(feed))  # type: ignore[no-any-return]
        except _runtime_errors() as error:
            raise self._sentence("the model failed on a picture", error) from error

    def _sentence(self, what: str, error: Exception) -> FigechoError:
        said = " ".join(str(error).split())[:160]
        return InputError(self._path, "damaged", f"{what} ({said})", "get a complete copy, or export it again")


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Everything that onnxruntime raises on its own; the classes have no common base."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = (getattr(state, name) for name in dir(state))
    return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))
