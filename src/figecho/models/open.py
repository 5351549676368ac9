"""A method's name → its model, ready to run."""

from __future__ import annotations

from pathlib import Path

from figecho.errors import InputError, OptionError
from figecho.features.embed import VGG16_RECIPE
from figecho.models import fetch
from figecho.models.extra import needed
from figecho.models.hashers import open_hasher
from figecho.models.model import Model, ModelCard
from figecho.models.onnx_model import OnnxModel, find_ports, fixed_size
from figecho.models.session import OnnxSession
from figecho.models.sidecar import NOT_STATED, read_sidecar
from figecho.options import HASH_METHODS, SimilarityOptions

#: Changes whenever the way of computing vectors changes without the model changing; part of every card's key.
VERSION = 1


def open_model(options: SimilarityOptions) -> Model:
    """The model of a method.

    Raises
    ------
    InputError : a model's or weights' file that cannot be used.
    OptionError : a network that wants something other than pictures.
    UnavailableError : an extra is not installed, or the weights cannot be fetched.
    """
    if options.method in HASH_METHODS:
        return open_hasher(options.method)
    if options.onnx_file is not None:
        return _open_onnx(Path(options.onnx_file), options)
    return _open_vgg16(options)


def _open_vgg16(options: SimilarityOptions) -> OnnxModel:
    from figecho.models.vgg16 import build
    from figecho.models.weights import read_weights

    needed("onnxruntime")  # before anything is fetched for it
    official = fetch.VGG16_NOTOP
    path = fetch.fetch(official) if options.weights is None else Path(options.weights)
    session = OnnxSession(build(read_weights(path)), path)
    known = fetch.intact(path, official)
    settings = {"version": VERSION, **VGG16_RECIPE.to_dict()}
    card = ModelCard(
        official.name if known else f"VGG16 weights from {path.name}",
        official.url if known else str(path),
        official.licence if known else NOT_STATED,
        fetch.sha256(path),
        settings,
    )
    return OnnxModel(session, VGG16_RECIPE, card, find_ports(session, VGG16_RECIPE), batch=options.batch)


def _open_onnx(path: Path, options: SimilarityOptions) -> OnnxModel:
    if not path.is_file():
        raise InputError(path, "missing", "there is no such model", "check the path after onnx:")
    session = OnnxSession(path, path)
    try:
        about = read_sidecar(path, fixed_size(session), options.preprocess)
        ports = find_ports(session, about.recipe, about.output)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from error
    preprocessing = "as described" if about.described else "assumed: ImageNet's usual"
    settings = {
        "version": VERSION,
        "preprocessing": preprocessing,
        **about.recipe.to_dict(),
        "output": ports.output,
        "pool": about.pool,
    }
    card = ModelCard(about.name, about.source, about.licence, fetch.sha256(path, *_external_data(path)), settings)
    return OnnxModel(session, about.recipe, card, ports, about.pool, options.batch)


def _external_data(path: Path) -> list[Path]:
    """The files beside a large model that hold its weights: they are part of what the model is."""
    onnx = needed("onnx")
    graph = onnx.load(str(path), load_external_data=False).graph
    names = {
        entry.value for constant in graph.initializer for entry in constant.external_data if entry.key == "location"
    }
    return [path.parent / name for name in sorted(names)]
