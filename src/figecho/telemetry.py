"""onnxruntime without its telemetry.

Since version 1.29 its official builds tell Microsoft about the machine and about every network that is loaded (such as
its file's name), and keep an identifier of the device in the user's cache, unless they are told not to
(https://github.com/microsoft/onnxruntime/pull/27379). Nothing may leave the user's machine, so figecho tells them.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def onnxruntime() -> Any:
    """The module onnxruntime, with its telemetry switched off; everything here that runs networks calls this first.

    Raises
    ------
    ImportError : it is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read while it is loaded: nothing is made, stored or sent
    module = import_module("onnxruntime")
    module.disable_telemetry_events()  # where someone has loaded it before, and on Windows
    return module
