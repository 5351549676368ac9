"""The same scan on a Dask cluster: the run is the same, and a folder that the workers do not see is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

from figecho.scan.scan import scan


def test_a_cluster_finds_what_this_machine_finds(figures: Path) -> None:
    here = scan(["figs"], jobs=2, root="here")
    there = scan(["figs"], cluster="local:2", root="there")
    assert there.findings == here.findings
    assert there.documents == here.documents
    assert (there.groups, there.counts, there.failed) == (here.groups, here.counts, here.failed)
    assert len(here.findings) == 3
