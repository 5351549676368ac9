"""Are there known weaknesses in the packages that figecho is installed with? Fails where it cannot be found out.

    python -m tools.audit [constraints.txt ...]

pip-audit asks PyPI's advisory database about every pinned version; nothing but names and versions leaves the machine.
A package that it could not ask about is an error and not a clean one, and so is a list with no package in it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Every version is pinned, so that nothing has to be resolved or installed.
COMMAND = ("pip_audit", "--strict", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def main() -> int:
    files = sys.argv[1:] or ["constraints.txt"]
    pins = pinned("\n".join(Path(file).read_text(encoding="utf-8") for file in files))
    command = [sys.executable, "-m", *COMMAND, *(part for file in files for part in ("-r", file))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:  # it stopped before it could report
        sys.stderr.write(f"{done.stderr}the audit failed: pip-audit gave no report\n")
        return 1
    found = problems(pins, report)
    sys.stdout.write("".join(f"{line}\n" for line in found) or f"{len(pins)} packages, no known weakness\n")
    return 1 if found else 0


def pinned(text: str) -> dict[str, str]:
    """The versions of a file of pins, by normalized name (PEP 503)."""
    pairs = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)", text, re.MULTILINE)
    return {normalized(name): version for name, version in pairs}


def problems(pins: Mapping[str, str], report: Mapping[str, Any]) -> list[str]:
    """A line for every known weakness, for every pin that was not asked about, and for an audit of nothing."""
    if not pins:
        return ["there is nothing to audit: no package is pinned"]
    asked = {normalized(each["name"]): each for each in report.get("dependencies", ())}
    return [line for name, version in sorted(pins.items()) for line in _of_one(name, version, asked.get(name))]


def _of_one(name: str, version: str, entry: Mapping[str, Any] | None) -> Iterable[str]:
    if entry is None or "skip_reason" in entry or entry.get("version") != version:
        reason = "it is not in the report" if entry is None else entry.get("skip_reason", "another version was audited")
        return [f"{name} {version}: not audited ({reason})"]
    weaknesses: Sequence[Mapping[str, Any]] = entry.get("vulns", ())
    return [
        f"{name} {version}: {weakness['id']}, mended in {', '.join(weakness.get('fix_versions', ())) or 'no version'}"
        for weakness in weaknesses
    ]


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
