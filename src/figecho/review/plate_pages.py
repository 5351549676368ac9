"""The pages on whole pictures: how they were taken apart, correcting that, and comparing two places by hand."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from figecho.figures import Corrected
from figecho.review.desk import Desk
from figecho.review.problems import ProblemError
from figecho.review.rendering import is_fragment, picture_response, render
from figecho.review.workbench import Boxed, Workbench

#: Pictures that are listed at once.
PAGE = 24
LONGEST_NAME = 60
#: Above this, pictures are chosen by number instead of from a menu.
MOST_IN_MENU = 300
Numbers = Annotated[list[int], Form()]
Number = Annotated[int, Form()]


def plate_pages(desk: Desk) -> APIRouter:
    """These pages over one desk."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    bench = Workbench(desk)

    @router.get("/runs/{run}/panels")
    def listed(run: str, request: Request, page: int = 1) -> HTMLResponse:
        opened, plates = desk.open(run), bench.plates(run)
        start = max(0, page - 1) * PAGE
        shown = plates[start : start + PAGE]
        return render(
            "_plates.html" if is_fragment(request) else "panels.html",
            opened=opened,
            plates=[(plate, bench.panels(plate)) for plate in shown],
            number=len(plates),
            changed={plate.number for plate in bench.changed(run)},
            next_page=page + 1 if start + PAGE < len(plates) else None,
        )

    @router.get("/runs/{run}/panels/{number}")
    def edit(run: str, number: int) -> HTMLResponse:
        opened, plate = desk.open(run), bench.plate(run, number)
        height, width = bench.pixels(opened, plate).shape[:2]
        return render(
            "panels_edit.html",
            opened=opened,
            plate=plate,
            size=(width, height),
            panels=bench.panels(plate),
            number=len(bench.plates(run)),
            changed=bench.changed(run),
        )

    @router.post("/runs/{run}/panels/{number}")
    def correct(
        run: str,
        number: int,
        panel: Annotated[list[str], Form()] = [],  # noqa: B006 - never changed
        x: Numbers = [],  # noqa: B006
        y: Numbers = [],  # noqa: B006
        width: Numbers = [],  # noqa: B006
        height: Numbers = [],  # noqa: B006
    ) -> Response:
        if len({len(column) for column in (panel, x, y, width, height)}) != 1:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "every panel needs a name, x, y, width and height")
        names = [name.strip()[:LONGEST_NAME] or None for name in panel]
        boxes = zip(x, y, width, height, strict=True)
        panels = [Corrected(box, name, "image") for box, name in zip(boxes, names, strict=True)]
        bench.correct(desk.open(run), bench.plate(run, number), panels)
        return RedirectResponse(f"/runs/{run}/panels/{number}", HTTPStatus.SEE_OTHER)

    @router.post("/runs/{run}/scan")
    def scan_again(run: str) -> Response:
        return RedirectResponse(f"/jobs/{bench.scan_again(run).id}", HTTPStatus.SEE_OTHER)

    @router.get("/panels.json")
    def download() -> Response:
        if not bench.corrections.path.exists():
            raise ProblemError(HTTPStatus.NOT_FOUND, "no panels were corrected yet")
        return FileResponse(bench.corrections.path, media_type="application/json", filename="panels.json")

    @router.get("/runs/{run}/pictures/{number}")
    def picture(run: str, number: int) -> Response:
        return picture_response(bench.shown(desk.open(run), bench.plate(run, number)))

    @router.get("/runs/{run}/pictures/{number}/tile")
    def tile(run: str, number: int) -> Response:
        return picture_response(bench.tile(desk.open(run), bench.plate(run, number)), keep_seconds=0)

    @router.get("/runs/{run}/compare")
    def by_hand(run: str, first: int = 1, second: int = 2) -> HTMLResponse:
        opened, plates = desk.open(run), bench.plates(run)
        if not plates:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"run {run} has no pictures to compare")
        chosen = [bench.plate(run, min(number, len(plates))) for number in (first, second)]
        sizes = [bench.pixels(opened, plate).shape[1::-1] for plate in chosen]
        menu = plates if len(plates) <= MOST_IN_MENU else ()
        return render(
            "compare.html",
            opened=opened,
            sides=list(zip(("first", "second"), chosen, sizes, strict=True)),
            menu=menu,
            number=len(plates),
        )

    @router.post("/runs/{run}/compare")
    def add(
        run: str, first: Number, second: Number, x: Numbers, y: Numbers, width: Numbers, height: Numbers
    ) -> Response:
        boxes = list(zip(x, y, width, height, strict=False))
        if len(boxes) != 2:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "draw one box on each of the two pictures")
        found = bench.compare(desk.open(run), Boxed(first, boxes[0]), Boxed(second, boxes[1]))
        return RedirectResponse(f"/runs/{run}/findings/{found.id}", HTTPStatus.SEE_OTHER)

    return router
