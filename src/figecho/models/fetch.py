"""The one file that figecho ever fetches: VGG16's weights, when VGG16 is asked for and no file is given.

Nothing about the user or the pictures is sent. Whoever wants no connection gives ``--weights FILE``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from figecho.errors import UnavailableError
from figecho.models.extra import needed

_LOG = logging.getLogger(__name__)
#: Seconds without an answer or a byte after which the connection counts as lost.
PATIENCE = 30
CHUNK = 64 * 1024


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch once: from where, how large (bytes), and by which checksum it is known."""

    name: str
    url: str
    file: str
    md5: str
    size: int
    licence: str


VGG16_NOTOP = RemoteFile(
    "VGG16 weights (ImageNet, without top)",
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "6d6bbae143d832006294945121d1f1fc",
    58_889_256,
    "CC BY 4.0, Visual Geometry Group, University of Oxford",
)


class Watcher(Protocol):
    """Told how far the file is, in kilobytes."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def finish(self) -> None: ...


def cache_folder() -> Path:
    """Where fetched files are kept: ``$XDG_CACHE_HOME/figecho``, on Linux ``~/.cache/figecho``."""
    return Path(needed("pooch").os_cache("figecho"))


def cached(remote: RemoteFile, folder: Path | None = None) -> Path | None:
    """The file, if it has been fetched and is still what it was."""
    path = (folder or cache_folder()) / remote.file
    return path if path.is_file() and intact(path, remote) else None


def intact(path: Path, remote: RemoteFile) -> bool:
    """Whether a file is exactly the remote one, by its checksum."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return digest == remote.md5


def sha256(*paths: Path) -> str:
    """Of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def announcement(remote: RemoteFile, folder: Path) -> str:
    """What will be fetched, from where, how much, under which licence, and where it will lie."""
    size = f"{remote.size / 1e6:.1f} MB"
    return f"fetching {remote.name}, {size}, from {remote.url} ({remote.licence}) into {folder}"


def fetch(
    remote: RemoteFile,
    *,
    folder: Path | None = None,
    say: Callable[[str], None] = _LOG.warning,
    watcher: Watcher | None = None,
) -> Path:
    """The file from the cache, or fetched into it after saying so.

    It is written under another name and takes its place once its checksum is right, so an interrupted or falsified
    download is never used; the next call begins again.

    Raises
    ------
    UnavailableError : it cannot be fetched, or what came is not the file; with the three ways to get it.
    """
    pooch = needed("pooch")
    folder = folder or cache_folder()
    if (path := cached(remote, folder)) is not None:
        return path
    say(announcement(remote, folder))
    pooch.get_logger().setLevel(logging.WARNING)  # it would say the same again
    bar = _Bar(watcher, remote.size) if watcher else False
    download = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK, timeout=PATIENCE)
    try:
        found = pooch.retrieve(
            remote.url, known_hash=f"md5:{remote.md5}", fname=remote.file, path=folder, downloader=download
        )
    except OSError as error:  # requests' errors are OSErrors; so are a full disk and a folder that may not be written
        raise UnavailableError(_three_ways(remote, folder, _cause(error))) from error
    except ValueError as error:  # pooch: the checksum is another one
        cause = "what came does not have its checksum and was thrown away"
        raise UnavailableError(_three_ways(remote, folder, cause)) from error
    finally:
        if watcher:
            watcher.finish()
    return Path(found)


class _Bar:
    """pooch's idea of a progress bar, told on to ours."""

    def __init__(self, watcher: Watcher, size: int) -> None:
        self.total = size
        self._watcher = watcher
        self._left = size // 1000
        watcher.start("fetching kB", self._left)

    def update(self, count: int) -> None:
        step = min(count // 1000, self._left)
        self._left -= step
        self._watcher.advance(step)

    def reset(self) -> None:
        """pooch starts over at its end, to fill the bar; ours is full."""
        self._left = 0

    def close(self) -> None:
        """Closed by `fetch`, however the download ends."""


def _cause(error: OSError) -> str:
    if error.strerror:
        return f"{error.filename or 'the connection'}: {error.strerror}"
    return f"the connection failed ({type(error).__name__})"


def _three_ways(remote: RemoteFile, folder: Path, cause: str) -> str:
    return (
        f"{remote.name} are not here: {cause}. Three ways to get them: repeat this with a connection;"
        f" or fetch {remote.url} elsewhere and put it into {folder};"
        " or give any copy of it with --weights FILE"
    )
