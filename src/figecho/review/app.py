"""The web application put together: pages and API over one desk, behind one guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from figecho._version import __version__
from figecho.review import problems
from figecho.review.api import api
from figecho.review.desk import Desk
from figecho.review.guard import Guard
from figecho.review.pages import pages

#: Longest request that is taken.
MOST_BYTES = 500_000_000


def create_app(
    desk: Desk, *, hosts: Iterable[str], token: str, with_pages: bool = True, most_bytes: int = MOST_BYTES
) -> FastAPI:
    """The application.

    Parameters
    ----------
    desk : the runs, decisions and scans; closed with the application.
    hosts, token, most_bytes : as for `Guard`.
    with_pages : whether people are served as well as programs.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="figecho",
        version=__version__,
        description="Compare images and find reused image content, on your own machine.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    problems.install(app)
    app.include_router(api(desk))
    if with_pages:
        app.include_router(pages(desk))
        app.mount("/static", StaticFiles(directory=Path(str(files("figecho.review") / "static"))), name="static")
    app.add_middleware(Guard, hosts=hosts, token=token, most_bytes=most_bytes)
    return app
