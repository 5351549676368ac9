"""Seeded weights of VGG16's shape (or of a smaller network's), in the layout of the official file without top.

The official file was written by Keras 1: a group per layer, arrays named ``block1_conv1_W_1:0`` (height, width, in,
out) and ``block1_conv1_b_1:0``, the order in the attributes ``layer_names`` and ``weight_names``.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from figecho.models.weights import VGG16, Blocks, Convolution


def seeded(blocks: Blocks = VGG16, seed: int = 6) -> list[Convolution]:
    """Random weights that keep the size of what flows through (He et al. 2015), the same for a seed on any machine."""
    rng = np.random.default_rng(seed)
    ins, layers = 3, []
    for outs in (channels for block in blocks for channels in block):
        kernel = rng.standard_normal((outs, ins, 3, 3)) * np.sqrt(2 / (9 * ins))
        bias = rng.standard_normal(outs) / 10
        layers.append(Convolution(kernel.astype(np.float32), bias.astype(np.float32)))
        ins = outs
    return layers


def write_official_layout(path: Path, layers: list[Convolution], blocks: Blocks = VGG16) -> None:
    """Write the weights as the official ``…_notop.h5`` has them."""
    left = iter(layers)
    with h5py.File(path, "w") as file:
        names = ["input_1"]
        file.create_group("input_1").attrs["weight_names"] = np.array([], "S")
        for block, channels in enumerate(blocks, start=1):
            for number in range(1, len(channels) + 1):
                name, layer = f"block{block}_conv{number}", next(left)
                group = file.create_group(name)
                group[f"{name}_W_1:0"] = layer.kernel.transpose(2, 3, 1, 0)
                group[f"{name}_b_1:0"] = layer.bias
                group.attrs["weight_names"] = np.array([f"{name}_W_1:0", f"{name}_b_1:0"], "S")
                names.append(name)
            pool = f"block{block}_pool"
            file.create_group(pool).attrs["weight_names"] = np.array([], "S")
            names.append(pool)
        file.attrs["layer_names"] = np.array(names, "S")
