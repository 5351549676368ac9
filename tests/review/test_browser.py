"""The whole path in a real browser: drop files, look, decide, undo, export, read the report without a network."""

from __future__ import annotations

import os
import re
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


def test_from_dropped_files_to_a_decision_and_an_exported_report(page, entry, pictures, tmp_path: Path) -> None:
    page.goto(entry)
    assert "token" not in page.url
    page.set_input_files("#files", pictures)
    page.get_by_role("button", name="Compare").click()
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
    page.locator("select[name=reason]").select_option("declared-reuse")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("“see the legend”").wait_for()
    assert "dismissed: declared reuse" in page.locator("#decision .badge").inner_text()
    page.keyboard.press("z")
    page.get_by_text("Log (2)").wait_for()
    assert page.locator("#decision .badge").inner_text() == "open"
    page.keyboard.press("a")
    page.get_by_text("Log (3)").wait_for()

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
def test_every_page_fits_the_screen_and_satisfies_axe(page, root, entry, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(entry)
    home = page.url
    for address in ("", "runs/r1", "runs/r1/findings/F1", "runs/r1/findings/F3", "runs/r1/graph", "runs/r1/export"):
        page.goto(home + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert Axe().run(page).response["violations"] == [], address
