"""The founding document's scripts, written afresh: what figecho is measured against."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2


def pair(path_a: str, path_b: str, ratio: float = 0.75) -> int:
    """Read both pictures, detect SIFT in both, match by brute force, apply Lowe's ratio; the count."""
    sift = cv2.SIFT_create()
    pictures = (cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in (path_a, path_b))
    (_, one), (_, two) = (sift.detectAndCompute(picture, None) for picture in pictures)
    if one is None or two is None or len(two) < 2:
        return 0
    return sum(m.distance < ratio * n.distance for m, n in cv2.BFMatcher().knnMatch(one, two, k=2))


def folder(paths: list[str], target: Path, *, every: int = 1, ratio: float = 0.75, top: int = 50) -> int:
    """The loop over all pairs (or every n-th of them) that writes a match picture for each; how many were done."""
    sift = cv2.SIFT_create()
    done = 0
    for path_a, path_b in itertools.islice(itertools.combinations(paths, 2), 0, None, every):
        image_a, image_b = cv2.imread(path_a), cv2.imread(path_b)
        grays = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (image_a, image_b))
        (ka, da), (kb, db) = (sift.detectAndCompute(gray, None) for gray in grays)
        good = []
        if da is not None and db is not None and len(db) > 1:
            good = [m for m, n in cv2.BFMatcher().knnMatch(da, db, k=2) if m.distance < ratio * n.distance]
        good = sorted(good, key=lambda match: match.distance)[:top]
        drawn = cv2.drawMatches(image_a, ka, image_b, kb, good, None, matchColor=(0, 255, 0), flags=2)
        cv2.imwrite(str(target / f"{Path(path_a).stem}_{Path(path_b).stem}.png"), drawn)
        done += 1
    return done
