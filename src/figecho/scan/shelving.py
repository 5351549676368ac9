"""Documents into a library and out of it, and the descriptor segments that follow what it holds."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figecho._version import __version__
from figecho.errors import OptionError, StoreError
from figecho.options import Limits, reuse_options
from figecho.scan.building import PANELS_PER_SEGMENT, build_segments
from figecho.scan.corpus import Reference
from figecho.scan.plan import make_plan
from figecho.scan.progress import Progress, Silent
from figecho.scan.reading import Reader, Settled
from figecho.scan.running import open_runner
from figecho.scan.segments import is_whole, segment_keys
from figecho.scan.settings import feature_settings
from figecho.store import embeddings, shelf
from figecho.store.panels import FILE, PanelStore
from figecho.work.isolate import Runner
from figecho.work.serial import Serial

#: A segment is merged with the new one where it is at most this many times as large: so a library of n panels has
#: about log n segments, and a panel is built into about log n of them in its life.
MERGED = 2


def create(folder: Path, profile: str) -> None:
    """An empty library whose panels are described as this profile does.

    Raises
    ------
    OptionError : an unknown profile.
    StoreError : there is something already, or it cannot be written.
    """
    settings = feature_settings(reuse_options(profile))
    shelf.make(folder)
    with shelf.writing(folder) as store:
        store.set_meta(profile=profile, settings=settings, version=__version__, remedy=shelf.REMEDY)


def profile_of(folder: Path) -> str:
    """The library's profile.

    Raises
    ------
    StoreError : no library, or its panels are described in a way that this figecho does not compare with.
    """
    with shelf.reading(folder) as store:
        return _checked(folder, store.meta())


def _checked(folder: Path, meta: dict[str, Any]) -> str:
    profile = str(meta.get("profile", "balanced"))
    if meta.get("settings") != feature_settings(reuse_options(profile)):
        raise StoreError(
            f"{folder}: its panels were described by figecho {meta.get('version', 'of unknown version')} in another"
            " way than this one does; create a new library and add the documents again"
        )
    return profile


def reference(folder: Path, profile: str | None, *, only: bool) -> tuple[str, Reference]:
    """What a scan needs to compare with a library, and the profile to scan with.

    Raises
    ------
    OptionError : another profile than the library's was asked for.
    StoreError : as for `profile_of`.
    """
    own = profile_of(folder)
    if profile is not None and profile != own:
        raise OptionError(f"{folder} was made with --profile {own}; leave --profile out, or use a library made with it")
    return own, Reference(folder / FILE, tuple(filter(is_readable, shelf.segments(folder))), only)


def is_readable(folder: Path) -> bool:
    """Whether a segment's list of panels can be read; a search builds what is missing anew."""
    try:
        segment_keys(folder)
    except (OSError, ValueError):
        return False
    return True


def add(
    folder: Path,
    paths: Sequence[str],
    *,
    jobs: int | None,
    limits: Limits,
    progress: Progress | None,
    cluster: str | None = None,
) -> tuple[Settled, ...]:
    """Add documents; those that are there already cost a look at their bytes.

    Returns
    -------
    What became of every file, in the order of the paths. Killed at any moment, the library holds the documents that
    were done; the same call goes on.

    Raises
    ------
    OptionError, UnavailableError : the cluster cannot be used.
    StoreError : the library cannot be written. Documents that cannot be read raise nothing.
    """
    options = reuse_options(profile_of(folder))
    plan = make_plan(paths)
    with shelf.writing(folder) as store, open_runner(cluster, jobs, limits, [folder]) as workers:
        reader = Reader(store, workers, options, limits, folder / shelf.SPOOL, progress or Silent())
        settled = sorted(reader.read(plan), key=lambda each: each.entry.position)
        refresh(folder, store, workers)
    return tuple(settled)


def remove(folder: Path, ids: Sequence[str], *, purge: bool) -> int:
    """Remove documents by the SHA-256 of their file; how many rows there were.

    With ``purge`` no byte of theirs stays in the library's files.
    """
    with shelf.writing(folder) as store:
        removed = sum(store.remove(id) for id in ids)
        refresh(folder, store, Serial())
        embeddings.forget_all_but(folder, {content.key for content in store.contents()}, purge=purge)
        if purge:
            store.purge()
    return removed


def refresh(folder: Path, store: PanelStore, runner: Runner) -> None:
    """Make the segments hold exactly the library's panels; small ones are merged into the new one."""
    held = {content.key for content in store.contents()}
    kept: dict[Path, tuple[str, ...]] = {}
    for segment in shelf.segments(folder):
        if is_readable(segment) and held.issuperset(keys := segment_keys(segment)):
            kept[segment] = keys
        else:
            shutil.rmtree(segment)
    covered = {key for keys in kept.values() for key in keys}
    group = [content.key for content in store.contents() if content.key not in covered]
    if not group:
        return
    merged = []
    for segment in sorted(kept, key=lambda path: len(kept[path])):
        if len(kept[segment]) > MERGED * len(group) or len(kept[segment]) + len(group) > PANELS_PER_SEGMENT:
            break
        group += kept[segment]
        merged.append(segment)
    build_segments(runner, folder / shelf.SEGMENTS, group, (folder / FILE,))
    for segment in merged:
        shutil.rmtree(segment)


def rotten(folder: Path) -> tuple[str, ...]:
    """What has changed on the disk since it was stored, in words; segments that rotted are built anew, and named."""
    with shelf.writing(folder) as store:
        found = [*store.rotten()]
        for segment in shelf.segments(folder):
            if not is_whole(segment):
                found.append(f"descriptor segment {segment.name} (built anew)")
                shutil.rmtree(segment)
        if not any("signature" in each or "database" in each for each in found):
            refresh(folder, store, Serial())
    return tuple(found)
