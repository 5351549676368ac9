"""Documents into a library and out of it, and the descriptor segments that follow what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from figecho._version import __version__
from figecho.errors import InputError, OptionError, StoreError
from figecho.options import Limits, reuse_options
from figecho.scan import building
from figecho.scan.corpus import Reference
from figecho.scan.plan import make_plan
from figecho.scan.progress import Progress, Silent
from figecho.scan.reading import Reader, Settled
from figecho.scan.running import open_runner
from figecho.scan.segments import CHECKSUMS, KEYS, Place, is_whole, segment_keys
from figecho.scan.settings import feature_settings
from figecho.store import embeddings, shelf
from figecho.store.panels import FILE, PanelStore, StoredSegment
from figecho.work.isolate import Runner
from figecho.work.remote import checksum_of, is_remote, publish, withdraw
from figecho.work.serial import Serial

#: A segment is merged with the new one where it is at most this many times as large: so a library of n panels has
#: about log n segments, and a panel is built into about log n of them in its life.
MERGED = 2


def create(folder: Path, profile: str, segments: str = "") -> None:
    """An empty library whose panels are described as this profile does.

    ``segments`` is an address to keep the descriptor segments at, such as ``s3://bucket/lab``; without, they lie in the
    folder.

    Raises
    ------
    OptionError : an unknown profile.
    StoreError : there is something already, or it cannot be written.
    """
    settings = feature_settings(reuse_options(profile))
    if segments and not is_remote(segments):
        raise OptionError(f"--segments {segments} is no address such as s3://bucket/lab; leave it out for this folder")
    shelf.make(folder)
    with shelf.writing(folder) as store:
        store.set_meta(profile=profile, settings=settings, version=__version__, remedy=shelf.REMEDY, segments=segments)


def profile_of(folder: Path) -> str:
    """The library's profile.

    Raises
    ------
    StoreError : no library, or its panels are described in a way that this figecho does not compare with.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[str, tuple[Place, ...]]:
    """The library's profile, and the segments of it that can be searched."""
    with shelf.reading(folder) as store:
        segments = [segment for segment in store.segments() if keys_of(folder, segment) is not None]
        return _checked(folder, store.meta()), tuple(place_of(folder, segment) for segment in segments)


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
    own, segments = _read(folder)
    if profile is not None and profile != own:
        raise OptionError(f"{folder} was made with --profile {own}; leave --profile out, or use a library made with it")
    return own, Reference(folder / FILE, segments, only)


def place_of(folder: Path, segment: StoredSegment) -> Place:
    """Where a library's segment lies."""
    return Place(folder / shelf.SEGMENTS / segment.name, segment.address)


def keys_of(folder: Path, segment: StoredSegment) -> tuple[str, ...] | None:
    """The panels of a library's segment; None where their list is damaged: a search builds what is missing anew."""
    try:
        keys = segment_keys(folder / shelf.SEGMENTS / segment.name)
    except (OSError, ValueError):
        return None
    return keys if len(keys) == segment.panels else None


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
    listed = {segment: keys_of(folder, segment) for segment in store.segments()}
    kept = {segment: keys for segment, keys in listed.items() if keys is not None and held.issuperset(keys)}
    dropped = [segment for segment in listed if segment not in kept]
    _withdraw(dropped)
    store.change_segments([segment.name for segment in dropped], ())
    shelf.sweep(folder, {segment.name for segment in kept})
    covered = {key for keys in kept.values() for key in keys}
    group = [content.key for content in store.contents() if content.key not in covered]
    if not group:
        return
    merged = []
    for segment in sorted(kept, key=lambda each: each.panels):
        if segment.panels > MERGED * len(group) or segment.panels + len(group) > building.PANELS_PER_SEGMENT:
            break
        group += kept[segment]
        merged.append(segment)
    built = building.build_segments(runner, folder / shelf.SEGMENTS, group, (folder / FILE,))
    address = str(store.meta().get("segments", ""))
    store.change_segments([segment.name for segment in merged], [_listed(path, address) for path in built])
    _withdraw(merged)
    shelf.sweep(folder, {segment.name for segment in store.segments()})


def _listed(built: Path, address: str) -> StoredSegment:
    """What the catalogue says of a segment that was just built; its files move to the address where there is one."""
    segment = StoredSegment(built.name, len(segment_keys(built)), checksum_of(built / CHECKSUMS))
    if not address:
        return segment
    own = f"{address.rstrip('/')}/{built.name}"
    try:
        publish(built, own)
    except InputError as error:
        raise StoreError(f"{own}: {error.cause}; check the address and repeat the command") from error
    for file in built.iterdir():
        if file.name not in (KEYS, CHECKSUMS):
            file.unlink()
    return replace(segment, address=own)


def _withdraw(segments: Sequence[StoredSegment]) -> None:
    """Remove segments from the addresses that they lie at."""
    for segment in segments:
        if segment.address:
            try:
                withdraw(segment.address)
            except InputError as error:
                raise StoreError(f"{segment.address}: {error.cause}; repeat the command") from error


def rotten(folder: Path) -> tuple[str, ...]:
    """What has changed on the disk since it was stored, in words; segments that rotted are built anew, and named."""
    with shelf.writing(folder) as store:
        found = [*store.rotten()]
        damaged = [each for each in store.segments() if not is_whole(place_of(folder, each), each.sums)]
        found += [f"descriptor segment {segment.name} (built anew)" for segment in damaged]
        if not any("signature" in each or "database" in each for each in found):
            _withdraw(damaged)
            store.change_segments([segment.name for segment in damaged], ())
            refresh(folder, store, Serial())
    return tuple(found)
