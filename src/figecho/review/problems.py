"""Errors of the HTTP API in one shape: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from figecho.errors import FigechoError, InputError, OptionError, StoreError, UnavailableError

MEDIA_TYPE = "application/problem+json"


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


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""

    @app.exception_handler(ProblemError)
    def known(_: Request, error: ProblemError) -> Response:
        return problem(error.status, error.detail, error.headers)

    @app.exception_handler(HTTPException)
    def http(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        errors = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()]
        detail = "; ".join(f"{each['where']}: {each['what']}" for each in errors)
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)

    @app.exception_handler(FigechoError)
    def deliberate(_: Request, error: FigechoError) -> Response:
        return problem(_status_of(error), str(error))


def _status_of(error: FigechoError) -> int:
    statuses: dict[type[FigechoError], HTTPStatus] = {
        InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
        OptionError: HTTPStatus.BAD_REQUEST,
        UnavailableError: HTTPStatus.NOT_IMPLEMENTED,
        StoreError: HTTPStatus.INSUFFICIENT_STORAGE,
    }
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), HTTPStatus.CONFLICT)
