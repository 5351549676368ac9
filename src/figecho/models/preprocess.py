"""One picture → what a network sees of it, resized as the model's authors resized: by Pillow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from figecho.features.embed import Recipe
from figecho.models.model import Pixels

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Shrink:
    """(H, W) or (H, W, 3) uint8 → (height, width, 3) uint8 RGB, by the recipe's resizing and cropping."""

    recipe: Recipe

    def __call__(self, pixels: Pixels) -> Pixels:
        picture = Image.fromarray(pixels).convert("RGB")
        how = FILTERS[self.recipe.resize]
        height, width = self.recipe.height, self.recipe.width
        if self.recipe.shorter_side is None:
            return np.asarray(picture.resize((width, height), how))
        picture = picture.resize(_to_shorter_side(picture.size, self.recipe.shorter_side), how)
        left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
        return np.asarray(picture.crop((left, top, left + width, top + height)))


def _to_shorter_side(size: tuple[int, int], shorter_side: int) -> tuple[int, int]:
    """The size with this shorter side; the longer one is cut to whole pixels, as torchvision does."""
    shorter = min(size)
    width, height = (shorter_side if side == shorter else int(shorter_side * side / shorter) for side in size)
    return width, height
