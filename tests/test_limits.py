"""The limits: what users read of them is what the program does, and each can be changed by its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from figecho.cli.app import app
from figecho.errors import OptionError
from figecho.options import Limits, limit_names, parse_limits

TABLE = Path(__file__).parent.parent / "docs" / "explanation" / "reliability.md"


def rows() -> dict[str, str]:
    return dict(re.findall(r"^\| `([a-z-]+)` \| (\S+) \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE))


def test_no_change_gives_the_defaults() -> None:
    assert parse_limits(()) == Limits()


def test_the_documentation_has_every_limit_with_its_value() -> None:
    documented = rows()
    assert list(documented) == list(limit_names())
    assert parse_limits([f"{name}={value}" for name, value in documented.items()]) == Limits()


@pytest.mark.parametrize("command", ["scan", "compare", "panels"])
def test_the_help_names_every_limit(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"]).stdout
    listed = "".join(shown.split()).partition("NAMEisoneof")[2].partition(".")[0]  # however its lines are broken
    assert listed.split(",") == list(limit_names())


@pytest.mark.parametrize("name", limit_names())
def test_every_limit_can_be_changed_by_its_name(name: str) -> None:
    changed = parse_limits([f"{name}=7"])
    assert getattr(changed, limit_names()[name]) == 7
    assert changed != Limits()


def test_numbers_may_be_short_and_the_last_one_counts() -> None:
    assert parse_limits(["pixels=1.5M"]).max_pixels == 1_500_000
    assert parse_limits(["memory-bytes=4G", "memory-bytes=1G"]).memory_bytes == 10**9
    assert parse_limits(["seconds-per-page=0.5"]).seconds_per_page == 0.5


@pytest.mark.parametrize("text", ["", "pixels", "pixels=", "pixels=0", "pixels=-1", "pixels=many", "pixels=1T", "x=1"])
def test_nonsense_is_refused_with_what_was_written(text: str) -> None:
    with pytest.raises(OptionError, match=re.escape(f"--limit {text}: ")):
        parse_limits([text])


def test_a_password_is_no_limit_and_is_not_shown() -> None:
    limits = parse_limits((), "secret")
    assert limits.password == "secret"
    assert "secret" not in repr(limits)
