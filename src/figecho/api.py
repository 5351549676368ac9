"""The public Python interface: one call per question. What it answers with is `figecho.results`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, overload

from figecho.compare import compare
from figecho.errors import OptionError
from figecho.figures import AS_FOUND, load_corrections
from figecho.options import (
    CLASSICAL_METHODS,
    ClassicalOptions,
    Limits,
    check_method,
    is_similarity,
    similarity_options,
)
from figecho.results import ScanResult, SimilarityResult
from figecho.scan.classical import ClassicalRun, scan_classical
from figecho.scan.corpus import Reference
from figecho.scan.embeddings import SimilarityRun, scan_similarity
from figecho.scan.progress import Progress
from figecho.scan.scan import Paths
from figecho.scan.scan import scan as scan_documents
from figecho.scan.shelving import reference
from figecho.store.runs import DEFAULT_ROOT, load_run
from figecho.types import Run

__all__ = ["ClassicalRun", "ScanResult", "SimilarityResult", "compare", "load", "scan"]


@overload
def scan(
    paths: Paths,
    *,
    method: Literal["reuse"] = "reuse",
    profile: str | None = None,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    cluster: str | None = None,
    look_within: bool = True,
    against: str | os.PathLike[str] | None = None,
    only_against: bool = False,
    panels: str | os.PathLike[str] | None = None,
) -> ScanResult: ...
@overload
def scan(
    paths: Paths,
    *,
    method: str,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    ratio: float | None = None,
    top: int | None = None,
    draw: str | os.PathLike[str] | None = None,
    weights: str | os.PathLike[str] | None = None,
    preprocess: Sequence[str] = (),
) -> ScanResult | ClassicalRun | SimilarityResult: ...
def scan(
    paths: Paths,
    *,
    method: str = "reuse",
    profile: str | None = None,
    jobs: int | None = None,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    cluster: str | None = None,
    look_within: bool = True,
    against: str | os.PathLike[str] | None = None,
    only_against: bool = False,
    panels: str | os.PathLike[str] | None = None,
    ratio: float | None = None,
    top: int | None = None,
    draw: str | os.PathLike[str] | None = None,
    weights: str | os.PathLike[str] | None = None,
    preprocess: Sequence[str] = (),
) -> ScanResult | ClassicalRun | SimilarityResult:
    """Compare all pictures in files and folders with each other; parameters as for `figecho.scan.scan.scan`.

    ``method`` is as in `compare`, and each has options of its own:

    - ``reuse`` looks for reused content. With ``against``, the folder of a library, the pictures are compared with its
      panels as well, in the library's profile; with ``only_against``, with nothing else. ``panels`` is a file of
      corrected panels, see `figecho panels --format json`.
    - ``sift``, ``rootsift``, ``akaze`` and ``orb`` count the matches of every pair, at Lowe's ``ratio`` (0.75), and
      draw the ``top`` (50) best ones of each into the folder ``draw``.
    - ``vgg16``, ``onnx:FILE``, ``phash`` and ``pdq`` measure how alike whole pictures are; ``weights`` and
      ``preprocess`` are as for `compare`.

    Raises
    ------
    OptionError : an unknown method or an option of another one, ``only_against`` without ``against``, another profile
        than the library's, or a file of panels that cannot be used.
    InputError, UnavailableError : a model that cannot be used.
    StoreError : results cannot be stored. Documents that cannot be read raise nothing: the ledger has them.
    """
    similarity, classical = is_similarity(check_method(method)), method in CLASSICAL_METHODS
    _allow(similarity, method, weights=weights, preprocess=preprocess or None)
    _allow(classical, method, ratio=ratio, top=top, draw=draw)
    of_reuse = {"profile": profile, "cluster": cluster, "against": against, "panels": panels}
    _allow(not similarity and not classical, method, only_against=only_against or None, **of_reuse)
    common: dict[str, Any] = {"jobs": jobs, "limits": limits, "progress": progress}
    if similarity:
        ranked = scan_similarity(paths, similarity_options(method, weights, preprocess), root=root, **common)
        return SimilarityResult(**_values(ranked))
    if method in CLASSICAL_METHODS:
        options = ClassicalOptions(method, 0.75 if ratio is None else ratio, 50 if top is None else top)
        return scan_classical(paths, options, draw=draw, **common)
    if only_against and against is None:
        raise OptionError("--only-against needs --against")
    library: Reference | None = None
    if against is not None:
        profile, library = reference(Path(against), profile, only=only_against)
    return _result(
        scan_documents(
            paths,
            profile=profile or "balanced",
            against=library,
            root=root,
            cluster=cluster,
            look_within=look_within,
            corrections=AS_FOUND if panels is None else load_corrections(panels),
            **common,
        )
    )


def _allow(applies: bool, method: str, **given: object) -> None:
    """Options of other methods must not be ignored in silence."""
    wrong = [name for name, value in given.items() if value is not None]
    if wrong and not applies:
        raise OptionError(f"method {method} has no option {', '.join(wrong)}")


def load(id_or_path: str | os.PathLike[str], *, root: str | os.PathLike[str] = DEFAULT_ROOT) -> ScanResult:
    """An earlier scan by its id, its folder or its file.

    Raises
    ------
    StoreError : there is no such run, or it cannot be read.
    """
    return _result(load_run(id_or_path, root))


def _result(run: Run) -> ScanResult:
    return ScanResult(**_values(run))


def _values(done: Run | SimilarityRun) -> dict[str, Any]:
    return {field.name: getattr(done, field.name) for field in fields(done)}
