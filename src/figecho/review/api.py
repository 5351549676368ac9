"""The HTTP API: the same runs, findings and decisions for programs. Its description is at ``/openapi.json``."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Header, Query, Request, Response, UploadFile
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from figecho._version import __version__
from figecho.options import Limits
from figecho.report.views import Look
from figecho.review import listing, uploads
from figecho.review.answers import Answer, Answers
from figecho.review.comparing import Pair, compared
from figecho.review.desk import Desk, Opened
from figecho.review.jobs import Job, Status
from figecho.review.problems import MEDIA_TYPE, ProblemError
from figecho.types import Finding

#: Seconds between two looks at a job that is watched, and between two signs of life where it stands still.
GLANCE, HEARTBEAT = 0.2, 15.0
MOST_PER_PAGE = 500
#: Comparisons that run at the same time.
MOST_COMPARISONS = 2
#: Findings that are read from the disk at the same time: more threads than that only wait for each other.
MOST_READING = 2
#: Bytes of findings, ready to be sent, that are kept in memory.
MOST_ANSWERED_BYTES = 32 * 1024 * 1024


LibraryName = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Decision(BaseModel):
    """A person's decision on a finding."""

    state: Literal["follow-up", "dismissed", "undecided", "open"]
    reason: str | None = Field(None, max_length=200)
    note: str | None = Field(None, max_length=4000)


PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457)",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
            }
        }
    },
}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return dict.fromkeys((400, 401, 403, 421, 422, *statuses), PROBLEM)


def api(desk: Desk) -> APIRouter:
    """All routes over one desk."""
    router = APIRouter(responses=_problems())
    comparing, reading = asyncio.Semaphore(MOST_COMPARISONS), asyncio.Semaphore(MOST_READING)
    answers = Answers(MOST_ANSWERED_BYTES)

    def answered_before(id: str) -> Answer | None:
        """A finding's answer where it can be given without waiting for the disk."""
        run, _, number = id.rpartition(".")
        opened = desk.at_hand(run)
        return answers.get(_key(opened, opened.finding(number))) if opened is not None else None

    def answer(id: str) -> Answer:
        opened, finding = _found(desk, id)
        body = json.dumps(_said(desk, opened, finding), ensure_ascii=True).encode("ascii")
        return answers.keep(_key(opened, finding), (_etag(finding), body))

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the server is alive."""
        return {"status": "ok", "version": __version__}

    @router.post("/v1/compare", responses=_problems(409, 413))
    async def compare(a: UploadFile, b: UploadFile, method: Annotated[str, Form()] = "reuse") -> dict[str, Any]:
        """Compare two pictures; answers with what `figecho compare --format json` prints."""
        async with comparing:
            with await uploads.store([a, b], desk.root) as stored:
                if len(stored.files) != 2:
                    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "send two files with names, as a and b")
                return await run_in_threadpool(compared, Pair(*stored.files, method), Limits())

    # ---- scans ----------------------------------------------------------------------------------------------

    @router.post("/v1/scans", status_code=HTTPStatus.ACCEPTED, responses=_problems(413))
    async def start_scan(files: list[UploadFile], response: Response) -> dict[str, Any]:
        """Scan the files; answers at once with a job."""
        return _accepted(desk.scan_uploaded(await uploads.store(files, desk.root)), response)

    @router.get("/v1/scans")
    def list_scans(limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 20) -> dict[str, Any]:
        """The newest finished scans."""
        return {"scans": [asdict(summary) for summary in desk.runs(limit)]}

    @router.get("/v1/scans/{id}", responses=_problems(404))
    def read_scan(id: str) -> dict[str, Any]:
        """A scan without its findings: settings, documents, counts, groups."""
        said = desk.open(id).run.to_dict()
        del said["findings"]
        return said

    @router.get("/v1/jobs/{id}", responses=_problems(404))
    async def read_job(id: str) -> dict[str, Any]:
        """How far a job is; ``run`` names the scan once it is done."""
        return _job(desk, id).status.to_dict()

    @router.delete("/v1/jobs/{id}", status_code=HTTPStatus.ACCEPTED, responses=_problems(404))
    async def cancel_job(id: str) -> dict[str, Any]:
        """Ask a job to stop."""
        job = _job(desk, id)
        job.cancel()
        return job.status.to_dict()

    @router.get(
        "/v1/jobs/{id}/events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}, **_problems(404)},
    )
    async def watch_job(id: str, request: Request) -> StreamingResponse:
        """A job's progress as server-sent events, until it is over."""
        return StreamingResponse(_events(_job(desk, id), request), media_type="text/event-stream")

    # ---- libraries ------------------------------------------------------------------------------------------

    @router.post("/v1/libraries/{name}/documents", status_code=HTTPStatus.ACCEPTED, responses=_problems(413))
    async def add_documents(name: LibraryName, files: list[UploadFile], response: Response) -> dict[str, Any]:
        """Add files to a library, which is made where there is none; answers at once with a job."""
        return _accepted(desk.add_to_library(name, await uploads.store(files, desk.root)), response)

    @router.post("/v1/libraries/{name}/query", status_code=HTTPStatus.ACCEPTED, responses=_problems(413))
    async def query_library(name: LibraryName, files: list[UploadFile], response: Response) -> dict[str, Any]:
        """Compare files with a library and with nothing else; answers at once with a job."""
        return _accepted(desk.query_library(name, await uploads.store(files, desk.root)), response)

    # ---- findings -------------------------------------------------------------------------------------------

    @router.get("/v1/scans/{id}/findings", responses=_problems(404))
    def list_findings(
        id: str,
        query: Annotated[listing.Query, Depends()],
        cursor: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 50,
    ) -> JSONResponse:
        """Findings, filtered and sorted; ``next`` is the cursor of the following page, null on the last one."""
        opened = desk.open(id)
        selected = query.select(opened.findings, opened.group_of)
        page = selected[cursor : cursor + limit]
        following = cursor + limit if cursor + limit < len(selected) else None
        return JSONResponse(
            {
                "findings": [_said(desk, opened, finding) for finding in page],
                "total": len(selected),
                "next": following,
            }
        )

    @router.get("/v1/findings/{id}", responses=_problems(404))
    async def read_finding(id: str) -> Response:
        """A finding by its scan's id and its own, ``SCAN.F1``; its ETag changes with every decision."""
        given = answered_before(id)
        if given is None:
            async with reading:
                given = await run_in_threadpool(answer, id)
        etag, body = given
        return Response(body, media_type="application/json", headers={"ETag": etag})

    @router.patch("/v1/findings/{id}", responses=_problems(404, 412, 428))
    def decide(id: str, decision: Decision, if_match: Annotated[str | None, Header()] = None) -> JSONResponse:
        """Decide on a finding; ``If-Match`` must be the ETag that was read, so that nobody's decision is lost."""
        _, finding = _found(desk, id)
        if if_match is None:
            raise ProblemError(HTTPStatus.PRECONDITION_REQUIRED, "send the finding's ETag in If-Match")
        if if_match not in ("*", _etag(finding)):
            raise ProblemError(HTTPStatus.PRECONDITION_FAILED, "someone has decided meanwhile; read the finding again")
        desk.decide(finding, decision.state, decision.reason, decision.note)
        opened, finding = _found(desk, id)
        return JSONResponse(_said(desk, opened, finding), headers={"ETag": _etag(finding)})

    @router.get(
        "/v1/findings/{id}/image",
        response_class=Response,
        responses={200: {"content": {"image/png": {}, "image/jpeg": {}}}, **_problems(404)},
    )
    def image(id: str, view: str = "side-a", look: Look = "plain") -> Response:
        """A drawing of a finding: figure-a, figure-b, panel-a, …, moved, still, overlay, difference, matches."""
        opened, finding = _found(desk, id)
        kind, data = desk.picture(opened, finding, view, look)
        return Response(data, media_type=f"image/{kind}")

    return router


def _accepted(job: Job, response: Response) -> dict[str, Any]:
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job.status.to_dict()


def _job(desk: Desk, id: str) -> Job:
    job = desk.jobs.get(id)
    if job is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such job")
    return job


def _found(desk: Desk, id: str) -> tuple[Opened, Finding]:
    run, _, number = id.rpartition(".")
    opened = desk.open(run)
    return opened, opened.finding(number)


def _said(desk: Desk, opened: Opened, finding: Finding) -> dict[str, Any]:
    return {**desk.whole_finding(opened, finding).to_dict(), "id": f"{opened.run.id}.{finding.id}"}


def _key(opened: Opened, finding: Finding) -> object:
    """Names everything that an answer depends on: what was measured does not change."""
    return opened.run.id, finding.id, finding.review


def _etag(finding: Finding) -> str:
    """Names what can change of a finding: the decision that stands."""
    stands = json.dumps([finding.fingerprint, *asdict(finding.review).values()])
    return f'"{hashlib.sha256(stands.encode()).hexdigest()[:16]}"'


async def _events(job: Job, request: Request) -> AsyncIterator[str]:
    """A line of data per change, a comment where nothing changes for a while."""
    seen, quiet = job.status, 0.0
    yield _event(seen)
    while not seen.over and not await request.is_disconnected():
        await asyncio.sleep(GLANCE)
        now, quiet = job.status, quiet + GLANCE
        if now != seen or quiet >= HEARTBEAT:
            yield _event(now) if now != seen else ": alive\n\n"
            seen, quiet = now, 0.0


def _event(status: Status) -> str:
    return f"event: {status.state}\ndata: {json.dumps(status.to_dict())}\n\n"
