"""What reaches a terminal: nothing that acts on it, and colours only where they are wanted."""

from __future__ import annotations

import io
import sys

import pytest

from fakes import finding
from figecho.cli import render


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_no_findings_are_no_lines() -> None:
    assert render.finding_lines([]) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ""),
        ("figure 3.png", "figure 3.png"),
        ("größe – 図.png", "größe – 図.png"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2028b", "a\\u2028b"),
        ("not utf-8: \udcff", "not utf-8: \\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_names_are_shown_and_never_obeyed(name: str, shown: str) -> None:
    assert render.safe(name) == shown


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    (line,) = render.finding_lines([finding()], Terminal())
    assert line.startswith("\x1b[1;31mstrong\x1b[0m  fig5.png")


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    (line,) = render.finding_lines([finding()], Terminal())
    assert line.startswith("strong  fig5.png")


def test_a_pipe_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    (line,) = render.finding_lines([finding()], io.StringIO())
    assert line.startswith("strong  fig5.png")


def test_colours_do_not_break_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    lines = render.finding_lines([finding(), finding("moderate", number=2)], Terminal())
    plain = [line.replace("\x1b[1;31m", "").replace("\x1b[33m", "").replace("\x1b[0m", "") for line in lines]
    assert plain[0].index("fig5") == plain[1].index("fig5")


def test_what_the_locale_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    render.result("rotated 180°")
    assert buffer.getvalue() == b"rotated 180\\xb0\n"


def test_data_are_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    render.data('{"text": "180°", "path": "\udcff"}\n', None)
    assert buffer.getvalue().decode("utf-8") == '{"text": "180°", "path": "\\udcff"}\n'


def test_progress_is_only_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with render.progress(quiet=False) as bars:
        assert bars is None
    monkeypatch.setattr(sys, "stderr", Terminal())
    with render.progress(quiet=True) as bars:
        assert bars is None
