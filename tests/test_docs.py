"""The documentation is held to the code: commands, options, links, dependencies, and the README's examples."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from docs.examples import examples, run
from typer.main import get_command

from figecho.cli.app import app

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS: dict[str, Any] = dict(get_command(app).commands)  # type: ignore[attr-defined]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def sections() -> dict[str, str]:
    """The reference's section of each command."""
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## `figecho (\w+)[^`]*`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options_of(command: Any) -> set[str]:
    """The options of a command and of its subcommands."""
    own = {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    return own.union(*(options_of(part) for part in getattr(command, "commands", {}).values()))


def test_the_reference_has_every_command_and_no_other() -> None:
    assert set(sections()) == set(COMMANDS)


#: Explained once for all commands, above their sections.
COMMON = {"-v", "--verbose", "-q", "--quiet", "-h", "--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_has_every_option_and_no_other(name: str) -> None:
    section = sections()[name]
    written = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section))
    offered = options_of(COMMANDS[name])
    assert offered - COMMON <= written, "undocumented"
    assert written <= offered | COMMON, "documented, but not offered"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    assert COMMANDS[name].help
    for command in (COMMANDS[name], *getattr(COMMANDS[name], "commands", {}).values()):
        assert command.help
        assert all(parameter.help for parameter in command.params if parameter.name != "help")


def parsed(words: list[str]) -> None:
    """Parse a `figecho` command line without running it."""
    name, *arguments = words
    command = COMMANDS[name]
    while parts := getattr(command, "commands", None):
        name, *arguments = arguments
        command = parts[name]
    command.make_context(name, arguments)


FIGECHO_LINES = [
    (page, command)
    for page in PAGES
    for command, _ in examples(page.read_text(encoding="utf-8"))
    if command.startswith("figecho ")
]


def test_there_are_examples() -> None:
    assert len(FIGECHO_LINES) >= 8


@pytest.mark.parametrize(("page", "command"), FIGECHO_LINES, ids=[command for _, command in FIGECHO_LINES])
def test_every_example_is_a_command_that_figecho_understands(page: Path, command: str) -> None:
    parsed(shlex.split(command)[1:])


def test_a_wrong_example_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed(["scan", "figures", "--no-such-option"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("https://", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, queue = set(), [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        reached.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        queue += [file for link in links if (file := (page.parent / link).resolve()).exists() and file not in reached]
    assert set(PAGES) <= reached


def requirement_names(requirements: list[str]) -> set[str]:
    names = {re.split(r"[\[<>=~! ;]", requirement)[0].lower() for requirement in requirements}
    return names - {"figecho"}


def test_every_dependency_has_its_reason_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").lower()
    project = PYPROJECT["project"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    for name in requirement_names([*project["dependencies"], *extras, *PYPROJECT["build-system"]["requires"]]):
        assert f"`{name}`" in text, name


def test_constraints_pin_everything_that_make_installs() -> None:
    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line) for line in lines)
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    assert requirement_names([*project["dependencies"], *extras["dev"], *extras["formats"]]) <= pinned


# ---- the README's examples, run --------------------------------------------------------------------------------


def masked(text: str) -> list[str]:
    """Lines without what may differ between machines: measured numbers, run ids, width of columns."""
    lines = (re.sub(r"\d+ %( and \d+ %)?", "N %", line) for line in text.splitlines())
    lines = (re.sub(r"\(\d\.\d+\)", "(N)", line) for line in lines)
    lines = (re.sub(r"run [\w-]+", "run ID", line) for line in lines)
    lines = (re.sub(r"\d+ (matches of \d+ and \d+ )?keypoints", "N keypoints", line) for line in lines)
    lines = (re.sub(r"correlation \d\.\d+", "correlation N", line) for line in lines)
    return [re.sub(r" {2,}", "  ", line).rstrip() for line in lines]


@pytest.mark.timeout(900)
def test_the_readme_shows_what_figecho_really_prints(tmp_path: Path) -> None:
    pytest.importorskip("figecho.demo.paper")
    shown = examples((ROOT / "README.md").read_text(encoding="utf-8"))
    shown = [(command, output) for command, output in shown if command.startswith("figecho ")]
    assert len(shown) >= 3
    run("figecho demo demo", tmp_path)
    for command, output in shown:
        assert masked(run(command, tmp_path)) == masked(output), f"{command}: `make examples` writes the new output"
