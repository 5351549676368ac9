"""Verdicts on real images that nobody planted: known copies, scenes seen twice, frames of one specimen."""

import csv
import itertools
from functools import cache

import pytest

from figecho.compare import examine
from figecho.features.sift import extract
from figecho.options import ReuseOptions
from figecho.sources.open import read
from figecho.types import ACCUSING

OPTIONS = ReuseOptions()
#: The table of the real images says that these two frames have the same pixels.
COPIES = ("0002.tif", "0003.tif")


@cache
def features(path):
    return extract(next(iter(read(path))).pixels, OPTIONS)


def judged(a, b):
    return examine(features(a), features(b), OPTIONS)[1]


def labelled(data, label):
    with (data / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return [(data / row["a"], data / row["b"]) for row in csv.DictReader(file) if row["label"] == label]


def test_every_known_copy_is_found(data):
    missed = [b.name for a, b in labelled(data, "dup") if judged(a, b).verdict not in ACCUSING]
    assert missed == []


def test_one_scene_photographed_twice_is_not_accused(data):
    accused = [b.name for a, b in labelled(data, "same_scene_not_dup") if judged(a, b).verdict in ACCUSING]
    assert accused == []


@pytest.mark.parametrize("experiment", ["drosophila_seq1", "mitocheck"])
def test_consecutive_frames_are_asked_about_and_never_accused(data, experiment):
    paths = sorted((data / "folder" / experiment).iterdir())[:4]
    distinct = [(a, b) for a, b in itertools.pairwise(paths) if (a.name[-8:], b.name[-8:]) != COPIES]
    judgements = [judged(a, b) for a, b in distinct]
    assert not any(judgement.verdict in ACCUSING for judgement in judgements)
    for judgement in judgements:
        assert judgement.verdict != "weak" or "neighbouring frame or time point?" in judgement.reasons[0]


def test_fields_of_one_blood_smear_are_told_apart(data):
    paths = sorted((data / "folder" / "bccd_blood").iterdir())[:7]
    verdicts = {judged(a, b).verdict for a, b in itertools.pairwise(paths)}
    assert verdicts == {"none"}


def test_lanes_cut_from_a_blot_and_enlarged_are_found(data):
    folder = data / "folder" / "blots"
    judgement = judged(folder / "blot_1.png", folder / "lanes.png")
    assert judgement.verdict in ACCUSING
