"""Options, the named profiles over them, and where each value came from."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from figecho.errors import OptionError

ClassicalMethod = Literal["sift", "rootsift", "akaze", "orb"]
CLASSICAL_METHODS: tuple[ClassicalMethod, ...] = ("sift", "rootsift", "akaze", "orb")
HASH_METHODS: tuple[str, ...] = ("phash", "pdq")
#: Methods that measure how alike two whole pictures are, and only rank; ``onnx:FILE`` is another.
SIMILARITY_METHODS: tuple[str, ...] = ("vgg16", *HASH_METHODS)
ONNX = "onnx:"
METHODS: tuple[str, ...] = ("reuse", *CLASSICAL_METHODS, *SIMILARITY_METHODS)
VIEWS: tuple[str, ...] = ("matches", "side", "overlay", "difference")
PROFILES: tuple[str, ...] = ("fast", "balanced", "thorough")


@dataclass(frozen=True)
class ReuseOptions:
    """How the default method works; lengths are working pixels unless said otherwise.

    Attributes
    ----------
    working_side : longest side that features are computed at; larger panels are shrunk to it.
    max_keypoints : keypoints kept per panel, spread evenly.
    ratio : Lowe's ratio for tentative matches, applied in both directions.
    hypotheses : distinct alignments that are refined and checked densely.
    """

    working_side: int = 1000
    max_keypoints: int = 1000
    ratio: float = 0.87
    hypotheses: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.ratio <= 1:
            raise OptionError(f"--ratio {self.ratio} is outside (0, 1]; the default is 0.87")


@dataclass(frozen=True)
class ClassicalOptions:
    """The founding document's comparison: Lowe's ratio for SIFT and RootSIFT, the best ``top`` drawn."""

    method: ClassicalMethod = "sift"
    ratio: float = 0.75
    top: int = 50

    def __post_init__(self) -> None:
        if self.method not in CLASSICAL_METHODS:
            raise OptionError(f"method {self.method!r} is unknown; choose one of {', '.join(CLASSICAL_METHODS)}")
        if not 0 < self.ratio <= 1:
            raise OptionError(f"--ratio {self.ratio} is outside (0, 1]; Lowe's value is 0.75")
        if self.top < 1:
            raise OptionError(f"--top {self.top} must be at least 1")


def is_similarity(method: str) -> bool:
    """Whether a method ranks whole pictures by a similarity."""
    return method in SIMILARITY_METHODS or method.startswith(ONNX)


def check_method(method: str) -> str:
    """``method``, if there is such a one.

    Raises
    ------
    OptionError : there is none, or ``onnx:`` names no file.
    """
    if method == ONNX:
        raise OptionError("--method onnx: names no file; write onnx:model.onnx")
    if method not in METHODS and not method.startswith(ONNX):
        raise OptionError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)} or onnx:FILE")
    return method


@dataclass(frozen=True)
class SimilarityOptions:
    """A similarity of whole pictures: ``vgg16``, ``onnx:FILE``, ``phash`` or ``pdq``.

    ``weights`` is a local file of VGG16's weights, for ``vgg16`` alone; ``preprocess`` are ``key=value`` of a network's
    description, for ``onnx:FILE`` alone, stronger than the file beside it; ``batch`` is how many pictures a network
    sees at a time.
    """

    method: str = "vgg16"
    weights: str | None = None
    preprocess: tuple[str, ...] = ()
    batch: int = 8

    def __post_init__(self) -> None:
        if self.weights is not None and self.method != "vgg16":
            raise OptionError(f"--weights needs --method vgg16; {self.method} takes no weights")
        if self.preprocess and self.onnx_file is None:
            raise OptionError(f"--preprocess needs --method onnx:FILE; {self.method} has its own preprocessing")
        if not is_similarity(check_method(self.method)):
            raise OptionError(f"method {self.method!r} measures no similarity of whole pictures")
        if self.batch < 1:
            raise OptionError(f"a batch of {self.batch} pictures must be at least 1")

    @property
    def onnx_file(self) -> str | None:
        """The network's file of ``onnx:FILE``."""
        return self.method.removeprefix(ONNX) if self.method.startswith(ONNX) else None


def similarity_options(
    method: str, weights: str | os.PathLike[str] | None = None, preprocess: Sequence[str] = ()
) -> SimilarityOptions:
    """The options of a similarity, its weights being any path."""
    return SimilarityOptions(method, None if weights is None else os.fspath(weights), tuple(preprocess))


@dataclass(frozen=True)
class Limits:
    """What a document may cost before it is refused, the password that opens it, and what becomes of a truncated one.

    Attributes
    ----------
    max_pixels : pixels of one picture, by what its header claims.
    max_jpeg_scans : passes of a progressive JPEG, each of which decodes the whole picture again.
    max_pages : pages of a TIFF stack or frames of an animation.
    max_pdf_pages : pages of a PDF.
    max_render_pixels : pixels of a figure that is rendered from a PDF page; its resolution is lowered to fit.
    max_parts, max_ratio, max_unpacked_bytes : parts of a DOCX or PPTX, how much one part may expand, and what all
        of them may unpack to; the last holds for each compressed stream of a PDF too.
    salvage : read a truncated JPEG, PNG or TIFF as far as it goes, marked as damaged and never judged.
    """

    max_pixels: int = 100_000_000
    max_jpeg_scans: int = 100
    max_pages: int = 1_000
    max_pdf_pages: int = 500
    max_render_pixels: int = 25_000_000
    max_parts: int = 10_000
    max_ratio: int = 100
    max_unpacked_bytes: int = 512 * 1024**2
    seconds_per_document: float = 20.0
    seconds_per_page: float = 2.0
    seconds_per_pair: float = 60.0
    memory_bytes: int = 2 * 1024**3
    password: str | None = field(default=None, repr=False)
    salvage: bool = False


@dataclass(frozen=True)
class WithinOptions:
    """How a panel is looked into for copies of its own pieces.

    Attributes
    ----------
    max_pixels : larger panels are shrunk to this size by `look_within`, and skipped by a scan.
    proposals : alignments of the panel with itself that are examined at most, strongest first.
    """

    max_pixels: int = 4_000_000
    proposals: int = 40


def within_options(profile: str = "balanced") -> WithinOptions:
    """The options of a profile for looking within panels; a scan of profile ``fast`` does not look at all."""
    return WithinOptions(proposals=80) if profile == "thorough" else WithinOptions()


#: What a number may end in, and what that multiplies it by.
_MULTIPLES = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}


def limit_names() -> dict[str, str]:
    """How a user names each limit → its field: ``pixels`` for ``max_pixels``, ``memory-bytes`` for ``memory_bytes``."""
    names = (option.name for option in fields(Limits) if option.name not in ("password", "salvage"))
    return {name.removeprefix("max_").replace("_", "-"): name for name in names}


def parse_limits(given: Sequence[str], password: str | None = None, *, salvage: bool = False) -> Limits:
    """The default limits with those changed that are ``given`` as ``NAME=NUMBER``, such as ``pixels=200M``.

    Raises
    ------
    OptionError : an unknown name, or no positive number.
    """
    names = limit_names()
    chosen: dict[str, Any] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in names:
            raise OptionError(f"--limit {text}: there is no limit {name!r}; there are {', '.join(names)}")
        number = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)", value)
        amount = float(number[1]) * _MULTIPLES[number[2]] if number else 0.0
        if amount <= 0:
            raise OptionError(f"--limit {text}: {value!r} is no positive number such as 500, 200M or 2G")
        whole = isinstance(getattr(Limits, names[name]), int)
        chosen[names[name]] = max(1, round(amount)) if whole else amount
    return Limits(**chosen, password=password, salvage=salvage)


_PROFILES: dict[str, ReuseOptions] = {
    "fast": ReuseOptions(working_side=700, max_keypoints=600, hypotheses=2),
    "balanced": ReuseOptions(),
    "thorough": ReuseOptions(working_side=1600, max_keypoints=3000, hypotheses=6),
}


@dataclass(frozen=True)
class Resolved:
    """A value of an option and where it came from."""

    value: Any
    origin: Literal["default", "profile", "given"]


def reuse_options(profile: str = "balanced", **given: Any) -> ReuseOptions:
    """The options of a named profile with the ``given`` ones (those not None) on top.

    Raises
    ------
    OptionError : an unknown profile or option name.
    """
    if profile not in _PROFILES:
        raise OptionError(f"profile {profile!r} is unknown; choose one of {', '.join(PROFILES)}")
    names = {option.name for option in fields(ReuseOptions)}
    unknown = sorted(set(given) - names)
    if unknown:
        raise OptionError(f"unknown option {', '.join(unknown)}; there are {', '.join(sorted(names))}")
    return replace(_PROFILES[profile], **{name: value for name, value in given.items() if value is not None})


def resolve(profile: str = "balanced", **given: Any) -> dict[str, Resolved]:
    """Each option's value and whether it is the default, the profile's or given by the user."""
    chosen = asdict(reuse_options(profile, **given))
    default = asdict(ReuseOptions())
    resolved = {}
    for name, value in chosen.items():
        if given.get(name) is not None:
            resolved[name] = Resolved(value, "given")
        elif value != default[name]:
            resolved[name] = Resolved(value, "profile")
        else:
            resolved[name] = Resolved(value, "default")
    return resolved
