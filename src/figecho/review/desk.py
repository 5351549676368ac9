"""What the pages and the API work on: the runs under a root, the decisions on them, and the scans under way."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from figecho.api import scan
from figecho.errors import StoreError
from figecho.library import Library
from figecho.report.views import Look, Views, encode, thumbnail
from figecho.review.answers import Answers
from figecho.review.jobs import Job, Jobs
from figecho.review.problems import ProblemError
from figecho.review.uploads import Stored, unfoldered, without_folders
from figecho.scan.progress import Progress
from figecho.sources.open import parse_address
from figecho.store.catalogue import Catalogue, RunReader
from figecho.store.decisions import Decision, Decisions
from figecho.store.runs import DEFAULT_ROOT, FILE, UNFINISHED, load_run
from figecho.types import Finding, Occurrence, Run

LIBRARIES = "libraries"
#: Runs and bytes of drawn pictures that are kept in memory.
MOST_OPEN, MOST_DRAWN_BYTES = 4, 128 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Opened:
    """A run with the decisions of the moment, and what is looked up in it.

    Its findings lack inliers, outlines and measurements, so that a run of ten thousand opens at once;
    `Desk.whole_finding` and `Desk.whole_run` have them.
    """

    run: Run
    findings: tuple[Finding, ...]

    @cached_property
    def position(self) -> dict[str, int]:
        return {finding.id: number for number, finding in enumerate(self.findings)}

    @cached_property
    def group_of(self) -> dict[str, int]:
        """Number of each finding's group, for groups of several findings."""
        groups = [group for group in self.run.groups if len(group) > 1]
        return {id: number for number, group in enumerate(groups, 1) for id in group}

    def finding(self, id: str) -> Finding:
        if id not in self.position:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"run {self.run.id} has no finding {id}")
        return self.findings[self.position[id]]


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A run as its file had it when that was ``changed`` last, and a way to read more of it."""

    changed: int
    run: Run
    reader: RunReader


@dataclass(frozen=True)
class RunSummary:
    """A run in the list of recent ones."""

    id: str
    created: str
    title: str
    documents: int


class Desk:
    """One root folder (``.figecho``) and what happens on it; safe to use from several threads.

    With ``keep_uploads``, files that were uploaded and scanned stay under the root, so that they can be scanned again.
    """

    def __init__(
        self,
        root: Path = Path(DEFAULT_ROOT),
        *,
        reviewer: str | None = None,
        jobs: int | None = None,
        keep_uploads: bool = False,
    ) -> None:
        self.root = root
        self.reviewer = reviewer
        self.jobs = Jobs()
        self.decisions = Decisions(root)
        self._workers = jobs
        self._keep_uploads = keep_uploads
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()
        self._opened: dict[str, tuple[object, Opened]] = {}
        self._drawn = Answers(MOST_DRAWN_BYTES)

    # ---- runs -----------------------------------------------------------------------------------------------

    def runs(self, most: int = 20) -> list[RunSummary]:
        """The newest finished runs."""
        folders = sorted((self.root / "runs").glob(f"*/{FILE}"), reverse=True)
        finished = [file for file in folders if not (file.parent / UNFINISHED).exists()]
        return [_summary(file) for file in finished[:most]]

    def open(self, id: str) -> Opened:
        """A run with the decisions that stand now.

        Raises
        ------
        ProblemError : there is no such run.
        """
        if (at_hand := self.at_hand(id)) is not None:
            return at_hand
        run, decided = self._load(id).run, self._decided()
        opened = Opened(run, self.decisions.applied(run.findings))
        with self._lock:
            self._opened[id] = (decided, opened)
        return opened

    def at_hand(self, id: str) -> Opened | None:
        """The same where it is in memory and still true; asks the disk for nothing but time stamps."""
        with self._lock:
            loaded = self._loaded.get(id)
            stamp, opened = self._opened.get(id, (None, None))
            if loaded is None or opened is None or opened.run is not loaded.run:
                return None
            current = stamp == self._decided() and loaded.changed == _changed(self.file(id))
            return opened if current else None

    def whole_finding(self, opened: Opened, finding: Finding) -> Finding:
        """A finding with everything that was measured."""
        whole = self._load(opened.run.id).reader.finding(opened.position[finding.id])
        return replace(finding, evidence=whole.evidence)

    def whole_run(self, id: str) -> Run:
        """A run with everything that was measured and the decisions that stand now."""
        self.file(id)
        return without_folders(load_run(id, self.root))

    def _load(self, id: str) -> _Loaded:
        """A run without the decisions; read again where a finding was added by hand."""
        changed = _changed(self.file(id))
        with self._lock:
            loaded = self._loaded.get(id)
            if loaded is not None and loaded.changed == changed:
                self._loaded.move_to_end(id)
                return loaded
        loaded = _Loaded(changed, without_folders(load_run(id, self.root, details=False)), RunReader(self.file(id)))
        with self._lock:
            self._loaded[id] = loaded
            self._loaded.move_to_end(id)
            while len(self._loaded) > MOST_OPEN:
                forgotten, old = self._loaded.popitem(last=False)
                self._opened.pop(forgotten, None)
                old.reader.close()
        return loaded

    def file(self, id: str) -> Path:
        """Where a run is stored.

        Raises
        ------
        ProblemError : there is no such run.
        """
        file = self.root / "runs" / id / FILE
        if Path(id).name != id or not file.is_file():
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no run {id}")
        return file

    def _decided(self) -> object:
        """Changes whenever a decision is made, by this process or another."""
        path = self.decisions.path
        files = [path, path.with_name(f"{path.name}-wal")]
        return [(file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists()]

    # ---- decisions ------------------------------------------------------------------------------------------

    def decide(self, finding: Finding, state: str, reason: str | None, note: str | None) -> Decision:
        """Append a decision in the reviewer's name."""
        return self.decisions.record(finding.fingerprint, state, reason, note, self.reviewer)

    def undo(self, finding: Finding) -> None:
        """Take the last decision on a finding back."""
        self.decisions.undo(finding.fingerprint, self.reviewer)

    def list_as_known(self, finding: Finding, reason: str) -> None:
        """List a finding's contents as legitimate: every finding that shows them, in any run, is marked as known."""
        self.decisions.add_known([finding.a.content, finding.b.content], reason, self.reviewer)

    def unlist(self, finding: Finding) -> None:
        """Take a finding's contents off that list."""
        self.decisions.remove_known([finding.a.content, finding.b.content])

    def known_reason(self, finding: Finding) -> str | None:
        """Why a finding's content is listed as legitimate, if it is."""
        known = self.decisions.known()
        return known.get(finding.a.content) or known.get(finding.b.content)

    def history(self, finding: Finding) -> tuple[Decision, ...]:
        """All decisions on a finding, oldest first."""
        return self.decisions.history(finding.fingerprint)

    # ---- pictures -------------------------------------------------------------------------------------------

    def picture(
        self, opened: Opened, finding: Finding, view: str, look: Look, *, exact: bool = False
    ) -> tuple[str, bytes]:
        """A view of a finding as ``(kind, bytes)``, drawn once; ``exact`` for every pixel as it is."""
        key = (opened.run.id, finding.id, view, look, exact)
        if drawn := self._drawn.get(key):
            return drawn
        views = Views(self.whole_finding(opened, finding), opened.run.pixels)
        return self._drawn.keep(key, encode(views.draw(view, look=look), exact=exact))

    def thumbnail(self, opened: Opened, place: Occurrence) -> tuple[str, bytes]:
        """A panel, small."""
        key = (opened.run.id, place.content)
        return self._drawn.get(key) or self._drawn.keep(key, encode(thumbnail(opened.run.pixels[place.content])))

    # ---- scans ----------------------------------------------------------------------------------------------

    def scan(
        self, paths: Sequence[str], title: str, *, after: Callable[[str], None] | None = None, **options: Any
    ) -> Job:
        """Queue a scan of these files and folders, with these options of `figecho.scan`.

        ``after`` is called with the run's id once it is stored, before the job is done.
        """

        def work(progress: Progress) -> str:
            run: Run = scan(paths, root=self.root, jobs=self._workers, progress=progress, **options)
            if after is not None:
                after(run.id)
            return run.id

        return self.jobs.add(title, work)

    def scan_uploaded(self, stored: Stored) -> Job:
        """Queue a scan of uploaded files; unless they are kept, the run has the pixels that it shows."""
        holding = ExitStack()
        holding.enter_context(stored)

        def work(progress: Progress) -> str:
            id = scan(str(stored.folder), root=self.root, jobs=self._workers, progress=progress).id
            if self._keep_uploads:
                holding.pop_all()  # nothing is removed at the end
            return id

        return self.jobs.add(stored.title, work, holding)

    def add_to_library(self, name: str, stored: Stored) -> Job:
        """Queue adding uploaded files to a library under the root; it is made where there is none."""

        def work(progress: Progress) -> dict[str, Any]:
            added = self._library(name).add(str(stored.folder), jobs=self._workers, progress=progress)
            return {**added.to_dict(), "documents": [unfoldered(each).to_dict() for each in added.documents]}

        return self.jobs.add(stored.title, work, stored)

    def query_library(self, name: str, stored: Stored) -> Job:
        """Queue comparing uploaded files with a library; the findings are those of a run."""

        def work(progress: Progress) -> str:
            library = self._library(name)
            return library.query(str(stored.folder), root=self.root, jobs=self._workers, progress=progress).id

        return self.jobs.add(stored.title, work, stored)

    def _library(self, name: str) -> Library:
        return Library(self.root / LIBRARIES / name)

    def page_for(self, what: Sequence[str]) -> str:
        """The page that shows a run (named by its id), or the scan of some files and folders; the home page for none.

        Raises
        ------
        StoreError : neither a file nor a run.
        """
        if not what:
            return "/"
        if len(what) == 1 and not Path(parse_address(what[0]).path).exists():
            if not (self.root / "runs" / what[0] / FILE).is_file():
                raise StoreError(f"{what[0]}: there is no such file, and no such run under {self.root / 'runs'}")
            return f"/runs/{self.open(what[0]).run.id}"
        more = f" and {len(what) - 1} more" if len(what) > 1 else ""
        return f"/jobs/{self.scan(what, f'{Path(what[0]).name}{more}').id}"

    def close(self) -> None:
        """Cancel what runs; the desk is of no use afterwards."""
        self.jobs.close()
        for loaded in self._loaded.values():
            loaded.reader.close()


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns


def _summary(file: Path) -> RunSummary:
    try:
        with Catalogue(file) as catalogue:
            meta, documents = catalogue.meta(), list(catalogue.documents().values())
    except (StoreError, sqlite3.Error) as error:
        return RunSummary(file.parent.name, "", f"{file.parent.name} cannot be read: {error}", 0)
    names = [Path(document.path).name for document in documents]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    title = f"{names[0]}{more}" if names else "nothing"
    return RunSummary(file.parent.name, str(meta.get("created", "")), title, len(names))
