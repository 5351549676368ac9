"""A scan looks inside every panel: one finding per copy, kept for the next scan, off on request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figecho.scan.scan import scan
from planted import micrograph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture with a mirrored paste, and an authentic one; figecho runs beside them."""
    forged = micrograph(1)
    forged[200:280, 300:380] = forged[40:120, 50:130][:, ::-1]
    (tmp_path / "in").mkdir()
    Image.fromarray(forged).save(tmp_path / "in" / "forged.png")
    Image.fromarray(micrograph(2)).save(tmp_path / "in" / "authentic.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_copy_inside_a_panel_is_a_finding_of_its_own_kind(folder: Path) -> None:
    first = scan("in", jobs=1)
    (finding,) = first.findings
    assert (finding.kind, finding.a.path, finding.a) == ("within-panel", "in/forged.png", finding.b)
    assert finding.transform is not None
    assert finding.transform.mirrored
    assert np.array(finding.evidence.region_a).mean(axis=0) != pytest.approx(
        np.array(finding.evidence.region_b).mean(axis=0)
    )
    assert not first.failed
    again = scan("in/forged.png", jobs=1)
    assert [other.fingerprint for other in again.findings] == [finding.fingerprint]


def test_looking_within_can_be_turned_off(folder: Path) -> None:
    assert scan("in/forged.png", jobs=1, look_within=False).findings == ()
    assert scan("in/forged.png", jobs=1, profile="fast").findings == ()
