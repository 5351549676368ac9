"""The report on paper and in a browser without a network."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from browsers import browser, needs_chromium
from figecho.report.html import write
from figecho.types import Run

__all__ = ["browser"]

pytestmark = needs_chromium


def test_every_finding_is_printed_on_a_page_of_its_own(browser, run: Run, tmp_path: Path) -> None:
    write(run, tmp_path / "report.html")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    texts = [sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(tmp_path / "report.pdf")]
    first = next(number for number, text in enumerate(texts) if "F1 · " in text)
    assert ["F1 · " in texts[first], "F2 · " in texts[first + 1], "F3 · " in texts[first + 2]] == [True] * 3
    assert "look at it" in texts[first + 2]
    assert "How far to trust it" in texts[first + 3]


def test_pictures_beside_the_report_are_shown_without_a_network(browser, run: Run, tmp_path: Path) -> None:
    write(run, tmp_path / "report.html", assets=tmp_path / "pictures")
    page = browser.new_context(offline=True).new_page()
    page.goto((tmp_path / "report.html").as_uri())
    widths = page.locator("img").evaluate_all("all => all.map(image => image.naturalWidth)")
    assert len(widths) > 5
    assert min(widths) > 100
