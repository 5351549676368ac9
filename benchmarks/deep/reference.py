"""Run by an interpreter that has Keras: features of a network of VGG's form, of any width, for the stored references.

    python reference.py WEIGHTS.h5 PICTURE...

WEIGHTS is in the layout that `benchmarks.deep.weights` writes. tests/models/test_vgg16.py holds what this printed.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import numpy as np


def network(path: str) -> keras.Model:
    """The layers that the file names, with its weights; pooled as ``include_top=False, pooling="avg"`` pools."""
    layers, weights = [keras.layers.Input((224, 224, 3))], []
    with h5py.File(path) as file:
        for name in (bytes(name).decode() for name in file.attrs["layer_names"]):
            if "conv" in name:
                arrays = [np.array(file[name][f"{name}_{kind}_1:0"]) for kind in "Wb"]
                layers.append(keras.layers.Conv2D(len(arrays[1]), 3, activation="relu", padding="same", name=name))
                weights.append((name, arrays))
            elif "pool" in name:
                layers.append(keras.layers.MaxPooling2D(2, strides=2))
    model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()])
    for name, arrays in weights:
        model.get_layer(name).set_weights(arrays)
    return model


def main(weights: str, paths: list[str]) -> None:
    model = network(weights)
    for path in paths:
        picture = keras.utils.img_to_array(keras.utils.load_img(path, target_size=(224, 224)))
        fed = keras.applications.vgg16.preprocess_input(picture[None].copy())
        print(path, [float(f"{value:.7g}") for value in np.asarray(model.predict_on_batch(fed))[0]])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
