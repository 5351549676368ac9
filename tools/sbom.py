"""What is figecho made of? Writes a software bill of materials (CycloneDX, JSON).

    python -m tools.sbom OUT.json PYTHON

PYTHON is the interpreter of an environment that holds figecho and what it needs, and nothing else. The browser
libraries that lie in the package, which no package manager knows of, are added to what is installed there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VENDORED = (
    {"name": "htmx.org", "version": "2.0.11", "license": "0BSD"},
    {"name": "openseadragon", "version": "6.1.1", "license": "BSD-3-Clause"},
)
COMMAND = ("cyclonedx_py", "environment", "--pyproject", "pyproject.toml", "--output-reproducible")


def main() -> int:
    target, python = Path(sys.argv[1]), sys.argv[2]
    done = subprocess.run([sys.executable, "-m", *COMMAND, python], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        return done.returncode
    bill = with_vendored(json.loads(done.stdout))
    target.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target}: {len(bill['components'])} components\n")
    return 0


def with_vendored(bill: Mapping[str, Any]) -> dict[str, Any]:
    """The bill with the vendored libraries.

    Raises
    ------
    ValueError : it lists nothing: it was made of the wrong environment.
    """
    if not bill.get("components"):
        raise ValueError("nothing is installed there: a bill of nothing would look like one of everything")
    return {**bill, "components": [*bill["components"], *map(_component, VENDORED)]}


def _component(library: Mapping[str, str]) -> dict[str, Any]:
    package = f"pkg:npm/{library['name']}@{library['version']}"
    return {
        "type": "library",
        "bom-ref": package,
        "name": library["name"],
        "version": library["version"],
        "purl": package,
        "licenses": [{"license": {"id": library["license"]}}],
    }


if __name__ == "__main__":
    sys.exit(main())
