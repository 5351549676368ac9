"""A desk with one small stored run, and clients that talk to the application over it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from figecho.api import scan
from figecho.review.app import create_app
from figecho.review.desk import Desk
from figecho.store.runs import save_run
from panels.figures import grid, sheet
from report_runs import make_run, run

__all__ = ["run"]

#: The panels of the scanned figure.
BOXES = grid(12)
TOKEN = "a token that nobody guesses"


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root folder that keeps the run of `report_runs` under the id ``r1``; not to be written to."""
    folder = tmp_path_factory.mktemp("stored") / ".figecho"
    save_run(make_run(), folder)
    return folder


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``fig <b>1.png``, scanned: six panels, of which the last is the first one turned."""
    folder = tmp_path_factory.mktemp("scanned")
    pixels = sheet(BOXES)
    (x, y, width, height), (to_x, to_y, _, _) = BOXES[0], BOXES[-1]
    pixels[to_y : to_y + height, to_x : to_x + width] = pixels[y : y + height, x : x + width][::-1, ::-1]
    Image.fromarray(pixels).save(folder / "fig <b>1.png")
    scan(str(folder / "fig <b>1.png"), jobs=1, root=folder / ".figecho", look_within=False)
    return folder


@pytest.fixture
def root(stored: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(stored, tmp_path / ".figecho"))


@pytest.fixture
def desk(root: Path) -> Iterator[Desk]:
    desk = Desk(root, reviewer="Ada", jobs=1)
    yield desk
    desk.close()


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return create_app(desk, hosts=["testserver"], token=TOKEN, most_bytes=2_000_000)


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    """A client without token or cookie."""
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A client that sends the token."""
    return TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}, follow_redirects=False)


@pytest.fixture
def problem() -> Callable[..., str]:
    """`problem(response, 404)`: the detail of a response that must be a problem with this status."""

    def check(response: object, status: int) -> str:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        said = json.loads(response.text)
        assert {"type", "title", "status", "detail"} <= set(said)
        assert said["status"] == status
        return str(said["detail"])

    return check
