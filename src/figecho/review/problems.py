"""Errors in one shape: problem details (RFC 9457) for programs, the same as a page for people."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from figecho.errors import FigechoError, InputError, OptionError, StoreError, UnavailableError

MEDIA_TYPE = "application/problem+json"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/static/report/report.css"><link rel="stylesheet" href="/static/app.css"></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">Start page</a></p></main></body></html>
"""


class ProblemError(Exception):
    """A request that cannot be answered: the status and, in one sentence, why."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """The response for a problem; ``more`` are extension members."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def refusal(accept: str, status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """The response for a problem in the form that the client accepts: a page for a browser, else JSON."""
    if "text/html" not in accept:
        return problem(status, detail, headers, **more)
    page = PAGE.format(title=HTTPStatus(status).phrase, detail=escape(detail))
    return HTMLResponse(page, status, headers)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""

    @app.exception_handler(ProblemError)
    def known(request: Request, error: ProblemError) -> Response:
        return refusal(_accept(request), error.status, error.detail, error.headers)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return refusal(_accept(request), error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()]
        detail = "; ".join(f"{each['where']}: {each['what']}" for each in errors)
        return refusal(_accept(request), HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)

    @app.exception_handler(FigechoError)
    def deliberate(request: Request, error: FigechoError) -> Response:
        return refusal(_accept(request), _status_of(error), str(error))


def _accept(request: Request) -> str:
    return request.headers.get("accept", "")


def _status_of(error: FigechoError) -> int:
    statuses: dict[type[FigechoError], HTTPStatus] = {
        InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
        OptionError: HTTPStatus.BAD_REQUEST,
        UnavailableError: HTTPStatus.NOT_IMPLEMENTED,
        StoreError: HTTPStatus.INSUFFICIENT_STORAGE,
    }
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), HTTPStatus.CONFLICT)
