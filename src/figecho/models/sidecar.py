"""``model.onnx.json``: what a network's file does not say about itself. Every key may be left out.

{"name": "DINOv2 ViT-S/14", "source": "https://github.com/facebookresearch/dinov2", "licence": "Apache-2.0",
 "height": 224, "width": 224, "resize": "bicubic", "shorter_side": 256, "channels": "RGB", "low": 0, "high": 1,
 "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "output": "pooler_output", "pool": "first"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

from figecho.errors import InputError, OptionError
from figecho.features.embed import RESIZES, Recipe
from figecho.models.onnx_model import Pool

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Sidecar:
    """A network's name, source and licence, its preprocessing, and which output to read and how to pool it."""

    name: str
    source: str = NOT_STATED
    licence: str = NOT_STATED
    recipe: Recipe = Recipe()  # noqa: RUF009 - frozen
    output: str | None = None
    pool: Pool | None = None
    described: bool = False


def read_sidecar(model: Path, size: tuple[int, int] | None = None, more: Sequence[str] = ()) -> Sidecar:
    """What is written beside ``model``; where nothing is said, ImageNet's usual preprocessing is assumed.

    Parameters
    ----------
    model : the network's file; its sidecar is that name with ``.json`` behind it.
    size : (height, width) that the network insists on, taken where the sidecar does not say.
    more : ``key=value``, stronger than what is written; values as in JSON, text also without its quotes.

    Raises
    ------
    OptionError : ``more`` makes no sense.
    InputError : no JSON object, an unknown key, or a value that makes no sense.
    """
    file = model.with_name(f"{model.name}.json")
    usual = Recipe()
    if size is not None:
        usual = replace(usual, height=size[0], width=size[1], shorter_side=round(min(size) / 0.875))
    written = _written(file, model, usual)
    if not more:
        return _sidecar(written, model, usual) if written else Sidecar(model.stem, recipe=usual)
    try:
        return _sidecar({**written, **dict(map(_pair, more))}, model, usual)
    except (ValueError, TypeError) as error:
        raise OptionError(f"--preprocess {' '.join(more)}: {error}") from error


def _written(file: Path, model: Path, usual: Recipe) -> dict[str, Any]:
    """The description in ``file``, checked; empty where there is no such file."""
    if not file.is_file():
        return {}
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(given, dict):
            raise ValueError("it is no JSON object")
        _sidecar(given, model, usual)
    except (ValueError, TypeError, OSError) as error:
        cause = f"this description of {model.name} cannot be used ({' '.join(str(error).split())})"
        raise InputError(file, "damaged", cause, "correct it as docs/how-to/deep-features.md shows") from error
    return given


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is no key=value")
    try:
        return key.strip(), json.loads(value)
    except ValueError:  # text without quotes, such as resize=bicubic
        return key.strip(), value.strip()


def _sidecar(given: Mapping[str, Any], model: Path, usual: Recipe) -> Sidecar:
    of_recipe = {field.name for field in fields(Recipe)}
    of_model = {"name", "source", "licence", "output", "pool"}
    unknown = sorted(set(given) - of_recipe - of_model)
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)}; there are {', '.join(sorted(of_recipe | of_model))}")
    recipe = replace(usual, **{name: _value(name, given[name]) for name in of_recipe & set(given)})
    if recipe.shorter_side is not None and recipe.shorter_side < max(recipe.height, recipe.width):
        raise ValueError("shorter_side is less than what is cut out of it")
    texts = {name: given[name] for name in of_model & set(given)}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"{name} must be text")
    if texts.get("pool", "mean") not in get_args(Pool):
        raise ValueError(f"pool must be one of {', '.join(get_args(Pool))}")
    return Sidecar(**{"name": model.stem, **texts}, recipe=recipe, described=True)


def _value(name: str, value: Any) -> Any:
    """One value of a recipe, of the right type and range."""
    if name in ("mean", "std"):
        numbers = tuple(float(number) for number in value)
        if len(numbers) != 3 or (name == "std" and 0 in numbers):
            raise ValueError(f"{name} must be three numbers" + (", none of them 0" if name == "std" else ""))
        return numbers
    if name in ("low", "high"):
        return float(value)
    if name in ("resize", "channels"):
        choices = RESIZES if name == "resize" else ("RGB", "BGR")
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}")
        return value
    if value is None and name == "shorter_side":
        return None
    if not isinstance(value, int) or not 1 <= value <= 4096:
        raise ValueError(f"{name} must be a whole number from 1 to 4096")
    return value
