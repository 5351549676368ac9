"""The pages that people see: drop files, look through the findings, compare, decide, export."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from figecho.report import formats, html, letter, words
from figecho.report.redact import redact as redacted
from figecho.report.views import LOOKS, Look, Views
from figecho.review import uploads
from figecho.review.desk import Desk, Opened
from figecho.review.graph import graph
from figecho.review.jobs import Job
from figecho.review.listing import PAGE, SORTS, Query, choices
from figecho.review.plate_pages import plate_pages
from figecho.review.problems import ProblemError
from figecho.review.rendering import REASONS, Reason, go, is_fragment, picture_response, render
from figecho.types import Finding, Run

State = Literal["follow-up", "dismissed", "undecided", "open"]
LONGEST_NOTE = 4000
MEDIA_TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "sarif": "application/json",
}


def pages(desk: Desk) -> APIRouter:
    """All pages over one desk."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    router.include_router(plate_pages(desk))

    @router.get("/")
    def home() -> HTMLResponse:
        return render("home.html", runs=desk.runs(), jobs=[job.status for job in desk.jobs.all()][:5])

    @router.post("/scans")
    async def start(files: list[UploadFile]) -> Response:
        stored = await uploads.store(files, desk.root)
        job = desk.scan_uploaded(stored)
        return RedirectResponse(f"/jobs/{job.id}", HTTPStatus.SEE_OTHER)

    @router.get("/jobs/{id}")
    def progress(id: str, request: Request) -> Response:
        status = _job(desk, id).status
        if status.run is not None:
            return go(request, f"/runs/{status.run}")
        return render("_job.html" if is_fragment(request) else "job.html", job=status)

    @router.post("/jobs/{id}/cancel")
    def cancel(id: str, request: Request) -> Response:
        _job(desk, id).cancel()
        return go(request, f"/jobs/{id}")

    @router.get("/runs/{run}")
    def queue(run: str, request: Request, query: Annotated[Query, Depends()], page: int = 1) -> HTMLResponse:
        opened = desk.open(run)
        selected = query.select(opened.findings, opened.group_of)
        start = max(0, page - 1) * PAGE
        shown = {
            "opened": opened,
            "query": query,
            "rows": selected[start : start + PAGE],
            "number": len(selected),
            "next_page": page + 1 if start + PAGE < len(selected) else None,
        }
        if is_fragment(request):
            return render("_rows.html" if page > 1 else "_list.html", **shown)
        tally = words.tally(opened.findings)
        return render("queue.html", choices=choices(opened.findings), sorts=SORTS, tally=tally, **shown)

    @router.get("/runs/{run}/graph")
    def draw_graph(run: str) -> HTMLResponse:
        opened = desk.open(run)
        return render("graph.html", opened=opened, graph=graph(opened.findings))

    @router.get("/runs/{run}/findings/{id}")
    def look(run: str, id: str, query: Annotated[Query, Depends()]) -> HTMLResponse:
        opened = desk.open(run)
        finding = desk.whole_finding(opened, opened.finding(id))
        selected = query.select(opened.findings, opened.group_of)
        where = next((number for number, each in enumerate(selected) if each.id == id), None)
        views = Views(finding, opened.run.pixels)
        return render(
            "finding.html",
            opened=opened,
            query=query,
            looks=LOOKS,
            names=views.names,
            figures=views.shows_figures,
            where=where,
            number=len(selected),
            previous=selected[where - 1] if where else None,
            following=selected[where + 1] if where is not None and where + 1 < len(selected) else None,
            **_decided(desk, opened, finding),
        )

    @router.get("/runs/{run}/findings/{id}/image")
    def image(run: str, id: str, view: str, look: Look = "plain", exact: bool = False) -> Response:
        opened = desk.open(run)
        return picture_response(desk.picture(opened, opened.finding(id), view, look, exact=exact))

    @router.get("/runs/{run}/findings/{id}/thumbnail")
    def thumbnail(run: str, id: str, side: Literal["a", "b"]) -> Response:
        opened = desk.open(run)
        finding = opened.finding(id)
        return picture_response(desk.thumbnail(opened, finding.a if side == "a" else finding.b))

    @router.post("/runs/{run}/findings/{id}/decision")
    def decide(
        run: str,
        id: str,
        request: Request,
        state: Annotated[State, Form()],
        reason: Annotated[Reason | Literal[""], Form()] = "",
        note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
        everywhere: Annotated[bool, Form()] = False,
    ) -> Response:
        finding = desk.open(run).finding(id)
        because = reason if reason and state == "dismissed" else None
        desk.decide(finding, state, because, note.strip() or None)
        if because and everywhere:
            desk.list_as_known(finding, REASONS[because])
        return _answer_decision(request, run, id)

    @router.post("/runs/{run}/findings/{id}/undo")
    def undo(run: str, id: str, request: Request) -> Response:
        desk.undo(desk.open(run).finding(id))
        return _answer_decision(request, run, id)

    @router.post("/runs/{run}/findings/{id}/unlist")
    def unlist(run: str, id: str, request: Request) -> Response:
        desk.unlist(desk.open(run).finding(id))
        return _answer_decision(request, run, id)

    def _answer_decision(request: Request, run: str, id: str) -> Response:
        if not is_fragment(request):
            return RedirectResponse(f"/runs/{run}/findings/{id}", HTTPStatus.SEE_OTHER)
        opened = desk.open(run)
        return render("_decision.html", opened=opened, **_decided(desk, opened, opened.finding(id)))

    @router.get("/runs/{run}/export")
    def export(run: str) -> HTMLResponse:
        opened = desk.open(run)
        states = [finding.review.state for finding in opened.findings]
        return render("export.html", opened=opened, states=states, letter=letter.dumps(desk.whole_run(run)))

    @router.get("/runs/{run}/export/{format}")
    def download(run: str, format: str, redact: bool = False) -> Response:
        return _attachment(f"figecho-{run}", format, _exported(desk.whole_run(run), format, redact))

    @router.get("/static/report/{name}")
    def shared(name: Literal["report.css", "report.js"]) -> Response:
        """The report's style and script, which the pages share."""
        text = files("figecho.report").joinpath("templates", name).read_text(encoding="utf-8")
        return Response(text, media_type="text/css" if name.endswith("css") else "text/javascript")

    return router


def _job(desk: Desk, id: str) -> Job:
    job = desk.jobs.get(id)
    if job is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such scan; it may have been made before a restart")
    return job


def _decided(desk: Desk, opened: Opened, finding: Finding) -> dict[str, Any]:
    known = desk.known_reason(finding)
    return {"f": finding, "history": desk.history(finding), "known": known, "run": opened.run}


def _exported(run: Run, format: str, redact: bool) -> str:
    if format == "html":
        return html.render(redacted(run) if redact else run)
    if format == "txt":
        return letter.dumps(run)
    return formats.dumps(run, format)


def _attachment(name: str, format: str, text: str) -> Response:
    kind = {"html": "text/html", "txt": "text/plain", **MEDIA_TYPES}.get(format, "application/ld+json")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return PlainTextResponse(text.encode("utf-8", "backslashreplace"), media_type=kind, headers=headers)
