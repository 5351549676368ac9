"""The options that several commands share, spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from figecho.errors import OptionError
from figecho.options import CLASSICAL_METHODS, check_method, is_similarity, limit_names

Profile = Literal["fast", "balanced", "thorough"]

#: Kinds of files that a drawing can be written as.
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def _remember_verbose(context: typer.Context, verbose: bool) -> bool:
    """Leave -v where the error handler of `figecho.cli.app` finds it."""
    context.meta["figecho.verbose"] = verbose
    return verbose


MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="M",
        callback=check_method,
        help=(
            "reuse decides and explains; sift, rootsift, akaze and orb count matches; vgg16, onnx:FILE, phash and pdq "
            "rank whole pictures by their similarity. Only reuse gives a verdict."
        ),
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        "--weights", metavar="FILE", help="A local copy of VGG16's weights, for --method vgg16 [default: fetched once]"
    ),
]
PreprocessOption = Annotated[
    list[str] | None,
    typer.Option(
        "--preprocess", metavar="KEY=VALUE", help="How to prepare pictures for --method onnx:FILE; may be repeated."
    ),
]
RatioOption = Annotated[
    float | None,
    typer.Option("--ratio", metavar="R", help="Lowe's ratio for tentative matches [default: 0.75 for sift, rootsift]"),
]
TopOption = Annotated[
    int | None,
    typer.Option("--top", metavar="N", help="How many of the best matches a classical picture shows [default: 50]"),
]
ProfileOption = Annotated[
    Profile | None,
    typer.Option("--profile", help="How much work reuse may spend on a pair [default: balanced]"),
]
PasswordOption = Annotated[
    str | None, typer.Option("--password", metavar="WORD", help="Opens encrypted PDF documents.", show_default=False)
]
ExitZeroOption = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 instead of 1 when there are findings.")]
FormatOption = Annotated[
    Literal["text", "json", "jsonl", "csv"], typer.Option("--format", help="How to write the results.")
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the results here, not to standard output.")
]
JobsOption = Annotated[
    int | None, typer.Option("-j", "--jobs", metavar="N", min=1, help="Worker processes [default: one per core]")
]
SalvageOption = Annotated[
    bool,
    typer.Option(
        "--salvage",
        help="Read truncated JPEG, PNG and TIFF files as far as they go: shown as damaged, never judged.",
    ),
]
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=N",
        help=(
            "Change what a document may cost, such as pixels=200M; may be repeated. NAME is one of "
            f"{', '.join(limit_names())}."
        ),
        show_default=False,
    ),
]
AgainstOption = Annotated[
    Path | None,
    typer.Option("--against", metavar="LIBRARY", help="Compare with the panels of this library as well."),
]
LibraryArgument = Annotated[Path, typer.Argument(metavar="LIBRARY", help="The library's folder.", show_default=False)]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Run on a Dask cluster, tcp://HOST:PORT, or local:N for N workers here [default: this machine's cores]",
    ),
]
PanelsOption = Annotated[
    Path | None,
    typer.Option("--panels", metavar="FILE.json", help="Corrected panels, as figecho panels writes them."),
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, as scan prints it, or its file.", show_default=False)
]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no messages: results and errors.")]
VerboseOption = Annotated[
    bool,
    typer.Option("-v", "--verbose", help="Say more, with a traceback on errors.", callback=_remember_verbose),
]


def refuse_classical_only(method: str, **given: object) -> None:
    """Options that only a classical method has must not be ignored in silence."""
    _refuse(method not in CLASSICAL_METHODS, "needs --method sift, rootsift, akaze or orb", given)


def refuse_counting(method: str) -> None:
    """A classical method counts the matches of a pair: it neither finds nor ranks what a library holds."""
    if method in CLASSICAL_METHODS:
        raise OptionError(f"--method {method} counts matches of pairs; a library is asked with reuse or a similarity")


def refuse_similarity_only(method: str, **given: object) -> None:
    """Options that only a similarity of whole pictures has must not be ignored in silence."""
    _refuse(not is_similarity(method), "needs --method vgg16, onnx:FILE, phash or pdq", given)


def refuse_reuse_only(method: str, **given: object) -> None:
    """Options that only the default method has must not be ignored in silence."""
    what = "ranks pictures" if is_similarity(method) else "counts matches"
    _refuse(method != "reuse", f"needs --method reuse; {method} only {what}", given)


def refuse_matching_only(method: str, **given: object) -> None:
    """Options that only a method which matches keypoints has must not be ignored in silence."""
    _refuse(is_similarity(method), f"needs a method that matches keypoints; {method} only ranks pictures", given)


def _refuse(applies: bool, why: str, given: dict[str, object]) -> None:
    for name, value in given.items():
        if applies and value is not None:
            raise OptionError(f"--{name} {why}")


def require_together(name: str, value: object, other: str, other_value: object) -> None:
    """An option that only changes what another one does needs that other one."""
    if value is not None and other_value is None:
        raise OptionError(f"--{name} needs --{other}")


def require_folder(path: Path | None, option: str) -> None:
    """Find out before the work, not after it, that the result has nowhere to go."""
    if path is None:
        return
    if path.is_dir():
        raise OptionError(f"{option} {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise OptionError(f"{option} {path}: the folder {path.parent} does not exist; make it first")


def require_picture_file(path: Path | None, option: str) -> None:
    """A drawing's file: in a folder that exists, of a kind that Pillow can write."""
    require_folder(path, option)
    if path is not None and path.suffix.lower() not in PICTURE_SUFFIXES:
        raise OptionError(f"{option} {path}: drawings are written as {', '.join(PICTURE_SUFFIXES)}")
