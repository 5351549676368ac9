"""Options, the named profiles over them, and where each value came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from figecho.errors import OptionError

ClassicalMethod = Literal["sift", "rootsift", "akaze", "orb"]
CLASSICAL_METHODS: tuple[ClassicalMethod, ...] = ("sift", "rootsift", "akaze", "orb")
METHODS: tuple[str, ...] = ("reuse", *CLASSICAL_METHODS)
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
            raise OptionError(f"method {self.method!r} is unknown; choose one of {', '.join(METHODS)}")
        if not 0 < self.ratio <= 1:
            raise OptionError(f"--ratio {self.ratio} is outside (0, 1]; Lowe's value is 0.75")
        if self.top < 1:
            raise OptionError(f"--top {self.top} must be at least 1")


@dataclass(frozen=True)
class Limits:
    """What a document may cost before it is refused."""

    max_pixels: int = 100_000_000
    max_pages: int = 1_000
    seconds_per_document: float = 20.0
    seconds_per_page: float = 2.0
    seconds_per_pair: float = 60.0
    memory_bytes: int = 2 * 1024**3


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
