"""The report: whole, self-contained, safe against names, honest about what it leaves out."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from figecho.report.html import MOST_BYTES, Inside, render, write
from figecho.report.redact import redact
from figecho.types import Review, Run
from report_runs import HOSTILE


class Page(HTMLParser):
    """Tags of a page with their attributes, and the text a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_run_without_findings_does_not_say_clean(run: Run) -> None:
    page = Page(render(replace(run, findings=(), groups=())))
    assert "No finding. That is not the same as “clean”" in page.text
    assert not page.all("img")


def test_every_finding_has_its_sentence_and_its_pictures(run: Run) -> None:
    page = Page(render(run))
    assert "a.png and b.png share content (rotated 180°), 100 % of both." in page.text
    assert "are the same picture, pixel for pixel." in page.text
    assert "Fig 3D and b.png may share content" in page.text
    assert {"F1", "F2", "F3"} <= {attributes.get("id") for attributes in page.all("article")}


def test_every_picture_says_what_it_shows(run: Run) -> None:
    for image in Page(render(run)).all("img"):
        assert re.match(r".+\. Shown: .+\.", image["alt"])
        assert image["src"].startswith("data:image/")


def test_refused_files_hashes_and_settings_are_in_it(run: Run) -> None:
    text = Page(render(run)).text
    assert "ends early; get a complete copy" in text
    assert "1" * 64 in text
    assert "balanced" in text


def test_it_says_how_many_findings_chance_would_bring(run: Run) -> None:
    text = " ".join(Page(render(run)).text.split())
    assert "1 000 pairs were compared" in text
    assert "● strong1 in 100 0000.01" in text
    assert "○ weak1 in 1 0001" in text


def test_a_name_cannot_become_markup_or_reorder_text(run: Run) -> None:
    page = Page(render(run))
    assert HOSTILE not in page.text
    assert "<script>alert(1)</script>\\u202egnp.png" in page.text
    assert len(page.all("script")) == 1


def test_nothing_is_loaded_from_anywhere(run: Run) -> None:
    page = Page(render(run))
    policy = next(tag["content"] for tag in page.all("meta") if "http-equiv" in tag)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    addresses = [tag.get("src") or tag.get("href") or "" for _, tag in page.tags]
    assert not [address for address in addresses if address and not address.startswith(("data:image/", "#"))]
    assert not any(name.startswith("on") or name == "style" for _, tag in page.tags for name in tag)


def test_redacted_reports_hold_no_name_and_no_path(run: Run) -> None:
    decided = replace(run.findings[0], review=Review("dismissed", "false-match", "ask Dr Secret"))
    text = render(redact(replace(run, findings=(decided, *run.findings[1:]), failed=("secret/a ~ b: crashed",))))
    for name in ("secret", "Secret", "a.png", "b.png", "alert", "=cmd", "paper.pdf"):
        assert name not in re.sub(r"base64,[^\"]+", "", text), name
    assert "document 1.png" in text
    assert "Fig 3D" in text
    assert "truncated" in text


def test_decisions_are_shown(run: Run) -> None:
    decided = replace(run.findings[0], review=Review("dismissed", "declared-reuse", "see the legend"))
    text = " ".join(Page(render(replace(run, findings=(decided,)))).text.split())
    assert "reviewed: dismissed (declared reuse)" in text
    assert "see the legend" in text


def test_what_does_not_fit_is_listed_and_said(run: Run) -> None:
    page = Page(render(run, Inside(most_bytes=1)))
    assert "1 of 3 findings are drawn" in page.text
    assert len(page.all("article")) == 1
    assert "Fig 3D" in page.text
    assert MOST_BYTES == 25_000_000


def test_pictures_can_lie_beside_the_report(run: Run, tmp_path: Path) -> None:
    write(run, tmp_path / "report.html", assets=tmp_path / "pictures")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    sources = [image["src"] for image in page.all("img")]
    assert sources
    assert all((tmp_path / source).is_file() for source in sources)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pictures", "report.html"]


@pytest.mark.parametrize("name", ["a.png", HOSTILE])
def test_a_report_is_valid_utf8_whatever_the_names(run: Run, tmp_path: Path, name: str) -> None:
    finding = replace(run.findings[0], a=replace(run.findings[0].a, path=f"{name}\udcff"))
    write(replace(run, findings=(finding,)), tmp_path / "report.html")
    assert "\\udcff" in (tmp_path / "report.html").read_text(encoding="utf-8")
