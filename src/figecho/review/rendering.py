"""What all pages share: the templates and what they may use, pictures as answers, fragments for htmx."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from figecho._version import __version__
from figecho.report import words
from figecho.report.views import VIEWS

Reason = Literal["declared-reuse", "same-sample-other-channel", "shared-control", "annotation", "false-match"]
#: Why a finding may be dismissed, as the page says it.
REASONS: dict[Reason, str] = {
    "declared-reuse": "declared reuse",
    "same-sample-other-channel": "same sample, other channel",
    "shared-control": "shared control",
    "annotation": "annotation only",
    "false-match": "false match",
}


def render(template: str, **values: Any) -> HTMLResponse:
    """A page or a part of one."""
    return HTMLResponse(_templates().get_template(template).render(**values))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("figecho.review"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["shown"] = words.printable
    environment.globals.update(words=words, reasons=REASONS, views=VIEWS, version=__version__)
    return environment


def picture_response(encoded: tuple[str, bytes], *, keep_seconds: int = 3600) -> Response:
    """A picture that the browser, and nobody else, may keep for a while."""
    kind, data = encoded
    cached = f"private, max-age={keep_seconds}" if keep_seconds else "no-store"
    return Response(data, media_type=f"image/{kind}", headers={"Cache-Control": cached})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-history-restore-request") != "true"


def go(request: Request, address: str) -> Response:
    """Take the browser to another page, also out of a fragment's request."""
    if is_fragment(request):
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
