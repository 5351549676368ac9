"""The whole path in a real browser: drop files, look, decide, undo, export, read the report without a network."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from browsers import browser, needs_chromium
from planted import scene

__all__ = ["browser"]

pytestmark = needs_chromium


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A page that must not complain: no blocked resource, no script error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(150_000)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def entry(tmp_path: Path) -> Iterator[str]:
    """The address that `figecho review --no-browser` prints, in an empty folder."""
    command = [sys.executable, "-m", "figecho", "review", "--no-browser", "--reviewer", "Ada", "-j", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """A PDF of two pages with a scene each, and the first scene turned."""
    turned = np.ascontiguousarray(scene(1)[::-1, ::-1])
    Image.fromarray(turned).save(tmp_path / "fig2 <b>turned.png")
    first, second = (Image.fromarray(scene(seed)) for seed in (1, 2))
    first.save(tmp_path / "paper.pdf", save_all=True, append_images=[second])
    return [str(tmp_path / name) for name in ("paper.pdf", "fig2 <b>turned.png")]


def drop(page, onto: str, paths: list[str]) -> None:
    """Drop files as a person does with the mouse."""
    files = [[Path(path).name, base64.b64encode(Path(path).read_bytes()).decode("ascii")] for path in paths]
    dropped = page.evaluate_handle(
        """files => {
            const dropped = new DataTransfer();
            for (const [name, data] of files)
                dropped.items.add(new File([Uint8Array.from(atob(data), each => each.charCodeAt(0))], name));
            return dropped;
        }""",
        files,
    )
    page.dispatch_event(onto, "drop", {"dataTransfer": dropped})


def drag(page, board: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press the mouse at one place of a board, in its own pixels, and let it go at another."""
    page.locator(f"{board} img").evaluate("image => image.decode()")
    frame = page.locator(board).bounding_box()
    zoom = frame["width"] / float(page.locator(board).get_attribute("data-width"))
    (x, y), (to_x, to_y) = ((frame["x"] + px * zoom, frame["y"] + py * zoom) for px, py in (start, end))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=3)
    page.mouse.up()


def test_from_dropped_files_to_a_decision_and_an_exported_report(page, entry, pictures, tmp_path: Path) -> None:
    page.goto(entry)
    assert "token" not in page.url
    drop(page, ".drop", pictures)
    page.wait_for_url("**/runs/*")

    rows = page.locator(".row")
    assert rows.count() == 1
    assert "fig2 <b>turned.png ~ paper.pdf page 1" in rows.inner_text()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/F1")

    for key, shown in [("o", ".overlay img"), ("d", ".difference img"), ("m", ".matches img"), ("p", ".still img")]:
        page.keyboard.press(key)
        assert page.locator(f".views {shown}").is_visible()
        assert page.locator(f".views {shown}").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    moved = page.locator(".views .moved").first
    assert moved.evaluate("element => getComputedStyle(element).animationName") == "none"
    page.keyboard.press("b")
    assert moved.evaluate("element => getComputedStyle(element).animationName") == "blink"
    page.keyboard.press("s")
    page.locator(".at").fill("30")
    assert moved.evaluate("element => getComputedStyle(element).clipPath") == "inset(0px 70% 0px 0px)"
    page.keyboard.press("f")
    page.wait_for_selector(".deep .right canvas")

    page.keyboard.press("c")
    page.keyboard.type("see the legend")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.type("shared")
    page.keyboard.press("Enter")
    page.get_by_text("“see the legend”").wait_for()
    assert "dismissed: shared control" in page.locator("#decision .badge").inner_text()
    page.keyboard.press("z")
    page.get_by_text("Log (2)").wait_for()
    assert page.locator("#decision .badge").inner_text() == "open"
    page.keyboard.press("u")
    page.get_by_text("Log (3)").wait_for()
    page.keyboard.press("a")
    page.get_by_text("Log (4)").wait_for()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Export").click()
    assert "fig2 <b>turned.png" in page.locator("pre").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (HTML)").click()
    download.value.save_as(tmp_path / "report.html")
    page.context.set_offline(True)
    page.goto((tmp_path / "report.html").as_uri())
    assert "reviewed: follow up" in page.locator("#F1").inner_text()
    page.locator("#F1 label.blink").click()
    assert page.locator("#F1 .moved").evaluate("element => getComputedStyle(element).animationName") == "blink"
    page.locator("#F1 label.slider").click()
    page.locator("#F1 .at").fill("30")
    clip = page.locator("#F1 .moved").evaluate("element => getComputedStyle(element).clipPath")
    assert clip == "inset(0px 70% 0px 0px)"


def test_panels_are_corrected_and_places_compared_by_mouse_and_keyboard(page, scanned, tmp_path, entry) -> None:
    shutil.copytree(scanned / ".figecho", tmp_path / ".figecho")
    page.goto(entry)
    page.locator(".list a").click()
    page.get_by_role("link", name="Panels").click()
    page.locator(".plate a").click()
    boxes, numbers = page.locator(".board .box"), page.locator("#boxes .boxed").first.locator("input")
    boxes.nth(5).wait_for()
    drag(page, ".board", (120, 95), (125, 103))
    assert [numbers.nth(n).input_value() for n in range(5)] == ["row 1, column 1", "25", "28", "200", "150"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert [numbers.nth(n).input_value() for n in range(1, 5)] == ["35", "28", "200", "160"]
    drag(page, ".board", (4, 4), (60, 16))
    assert boxes.count() == 7
    page.keyboard.press("Delete")
    assert boxes.count() == 6
    boxes.first.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("A")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_text("1 picture corrected").wait_for()
    assert numbers.first.input_value() == "A"
    page.get_by_role("button", name="Scan again").click()
    page.wait_for_url(re.compile("/runs/[^/]+$"))

    page.get_by_role("link", name="By hand").click()
    drag(page, "section:nth-of-type(1) .board", (240, 30), (420, 160))
    drag(page, "section:nth-of-type(2) .board", (30, 190), (210, 320))
    page.get_by_role("button", name="Compare these two places").click()
    page.get_by_text("added by hand by Ada").wait_for()
    assert "no common content was found" in page.locator("h1").inner_text()


def test_without_javascript_the_list_the_finding_and_the_decision_still_work(browser, entry, pictures) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(entry)
    page.set_input_files("#files", pictures)
    page.get_by_role("button", name="Compare").click()
    for _ in range(400):
        if "/runs/" in page.url:
            break
        page.wait_for_timeout(300)
        page.reload()
    page.locator(".row .open").click()
    page.get_by_role("button", name=re.compile("Needs follow-up")).click()
    assert "follow up" in page.locator("#decision .badge").inner_text()
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_fits_the_screen_and_satisfies_axe(page, root, scanned, entry, width: int) -> None:
    (figure,) = (scanned / ".figecho" / "runs").iterdir()
    shutil.copytree(figure, root / "runs" / figure.name)
    shutil.copytree(scanned / ".figecho" / "cache", root / "cache")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(entry)
    home, scan = page.url, f"runs/{figure.name}"
    stored = [f"runs/r1{name}" for name in ("", "/findings/F1", "/findings/F3", "/graph", "/export")]
    for address in ("", *stored, f"{scan}/panels", f"{scan}/panels/1", f"{scan}/compare"):
        page.goto(home + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert Axe().run(page).response["violations"] == [], address
