"""The examples of the README, run where `figecho demo` has been: `make examples` writes what they print into it.

`tests/test_docs.py` runs them too, and compares.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(text: str) -> list[tuple[str, str]]:
    """Every ``$ command`` of a page's console blocks with the output shown under it."""
    parts = [part for block in BLOCK.findall(text) for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command.strip(), output) for command, _, output in (part.partition("\n") for part in parts)]


def run(command: str, folder: Path) -> str:
    """What a `figecho` command prints in ``folder``, results before messages."""
    words = [sys.executable, "-m", "figecho", *shlex.split(command)[1:]]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout + done.stderr


def refreshed(text: str, folder: Path) -> str:
    """``text`` with the output of every `figecho` example as it is now."""
    for command, shown in examples(text):
        if command.startswith("figecho "):
            text = text.replace(f"$ {command}\n{shown}", f"$ {command}\n{run(command, folder)}")
    return text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        run("figecho demo demo", Path(made))
        README.write_text(refreshed(README.read_text(encoding="utf-8"), Path(made)), encoding="utf-8")
