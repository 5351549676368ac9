"""Any network: what it wants is found out, and its answer becomes one vector a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figecho.errors import FigechoError, InputError, OptionError
from figecho.features.embed import Recipe
from figecho.models.model import ModelCard
from figecho.models.onnx_model import OnnxModel, find_ports, pooled
from figecho.models.open import open_model
from figecho.options import SimilarityOptions
from planted import scene

CARD = ModelCard("fake", "", "")


@dataclass(frozen=True)
class FakePort:
    name: str
    shape: Sequence[int | str | None]
    type: str = "tensor(float)"


@dataclass
class FakeSession:
    """Answers with the mean of each colour, and remembers the shapes that it was fed."""

    inputs: Sequence[FakePort]
    outputs: Sequence[FakePort]

    def __post_init__(self) -> None:
        self.fed: list[tuple[int, ...]] = []

    def get_inputs(self) -> Sequence[FakePort]:
        return self.inputs

    def get_outputs(self) -> Sequence[FakePort]:
        return self.outputs

    def run(self, outputs: list[str], feed: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        (values,) = feed.values()
        self.fed.append(values.shape)
        return [values.mean(axis=(2, 3) if values.shape[1] == 3 else (1, 2))]


def session(shape: Sequence[int | str | None] = ("n", 3, 32, 32), **outputs: Sequence[Any]) -> FakeSession:
    return FakeSession([FakePort("image", shape)], [FakePort(*item) for item in (outputs or {"out": ("n", 3)}).items()])


def model(fake: FakeSession, **settings: Any) -> OnnxModel:
    recipe = Recipe(32, 32, shorter_side=None, high=255, mean=(0, 0, 0), std=(1, 1, 1))
    return OnnxModel(fake, recipe, CARD, find_ports(fake, recipe), **settings)


def described(one: OnnxModel, count: int) -> np.ndarray:
    return one.describe([one.preparation(np.full((40, 50, 3), 10 * number, np.uint8)) for number in range(count)])


@pytest.mark.parametrize(
    "shape", [("n", 3, 32, 32), (None, 32, 32, 3), (1, 3, 32, 32), (4, 3, "h", "w"), (2, 32, 32, 3)]
)
def test_every_layout_and_batch_gives_the_same_vectors(shape: Sequence[int | str | None]) -> None:
    fake = session(shape)
    rows = described(model(fake, batch=3), 5)
    assert rows.tolist() == [[10 * number] * 3 for number in range(5)]
    fixed = shape[0] if isinstance(shape[0], int) else None
    assert all(fed[0] == fixed for fed in fake.fed) if fixed else [fed[0] for fed in fake.fed] == [3, 2]


def test_the_output_is_the_named_one_or_the_one_that_is_meant_to_be_the_vector() -> None:
    recipe = Recipe(32, 32)
    fake = session(last_hidden_state=("n", 50, 384), logits=("n", 1000), pooler_output=("n", 384))
    assert find_ports(fake, recipe).output == "pooler_output"
    assert find_ports(fake, recipe, "logits").output == "logits"
    assert find_ports(session(map=("n", 8, 7, 7), vector=("n", 8)), recipe).output == "vector"
    with pytest.raises(OptionError, match="no output 'nothing'; it has last_hidden_state, logits, pooler_output"):
        find_ports(fake, recipe, "nothing")


def test_a_network_that_wants_something_else_is_refused() -> None:
    two = FakeSession([FakePort("a", ("n", 3, 8, 8)), FakePort("b", ("n",))], [FakePort("out", ("n", 3))])
    text = FakeSession([FakePort("ids", ("n", 77), "tensor(int64)")], [FakePort("out", ("n", 3))])
    for fake, words in (
        (two, "2 inputs"),
        (text, "int64"),
        (session(("n", 3, 64, 64)), "sees 64 × 64 .* gives 32 × 32"),
    ):
        with pytest.raises(OptionError, match=words):
            find_ports(fake, Recipe(32, 32))


def test_tokens_and_maps_become_one_vector() -> None:
    tokens = np.arange(12.0).reshape(1, 3, 4)
    assert pooled(tokens, None).tolist() == pooled(tokens, "first").tolist() == [[0, 1, 2, 3]]
    assert pooled(tokens, "mean").tolist() == [[4, 5, 6, 7]]
    assert pooled(np.arange(8.0).reshape(1, 2, 2, 2), None).tolist() == [[1.5, 5.5]]
    with pytest.raises(OptionError, match="shape"):
        pooled(np.zeros(3), None)


# ---- real files -------------------------------------------------------------------------------------------------


def colour_means(path: Path, *, external: bool = False) -> Path:
    """A network that says the mean of each colour times a constant."""
    onnx = pytest.importorskip("onnx")
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    weight = onnx.numpy_helper.from_array(np.full((1, 3), 2, np.float32), "weight")
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Mul", ["flat", "weight"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("image", real, ["n", 3, 24, 24])],
        [helper.make_tensor_value_info("embedding", real, ["n", 3])],
        [weight],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.save(made, str(path), save_as_external_data=external, location=f"{path.name}.data", size_threshold=0)
    return path


def open_file(path: Path) -> Any:
    pytest.importorskip("onnxruntime")
    return open_model(SimilarityOptions(f"onnx:{path}"))


def test_a_file_is_run_with_the_preprocessing_beside_it(tmp_path: Path) -> None:
    path = colour_means(tmp_path / "means.onnx")
    (tmp_path / "means.onnx.json").write_text(
        '{"name": "Means", "licence": "CC0", "channels": "BGR", "low": 0, "high": 255,'
        ' "mean": [1, 1, 1], "std": [1, 1, 1]}'
    )
    one = open_file(path)
    rows = one.describe([one.preparation(np.full((30, 30, 3), (3, 5, 9), np.uint8))])
    assert rows.tolist() == [[16, 8, 4]]
    card = one.card
    assert (card.name, card.licence, card.source) == ("Means", "CC0", "not stated")
    assert card.settings["output"] == "embedding" and card.settings["preprocessing"] == "as described"


def test_without_a_description_the_size_is_the_networks_and_the_assumption_is_said(tmp_path: Path) -> None:
    one = open_file(colour_means(tmp_path / "means.onnx"))
    assert one.describe([one.preparation(scene(1))]).shape == (1, 3)
    assert (one.recipe.height, one.recipe.width) == (24, 24)
    assert "assumed" in one.card.settings["preprocessing"]


def test_what_is_said_with_the_method_is_stronger_than_the_file(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = colour_means(tmp_path / "means.onnx")
    (tmp_path / "means.onnx.json").write_text('{"name": "Means", "channels": "BGR", "low": -1}')

    def opened(*preprocess: str) -> Any:
        return open_model(SimilarityOptions(f"onnx:{path}", preprocess=preprocess))

    one = opened("channels=RGB", "mean=[0, 0, 0.5]", "resize=box")
    assert (one.card.name, one.recipe.low) == ("Means", -1)
    assert (one.recipe.channels, one.recipe.mean, one.recipe.resize) == ("RGB", (0, 0, 0.5), "box")
    for wrong, words in (("resize", "no key=value"), ("resize=cubic", "resize must be"), ("hight=3", "unknown hight")):
        with pytest.raises(OptionError, match=f"--preprocess .*{words}"):
            opened(wrong)


def test_the_key_of_a_model_changes_with_its_file_its_outside_data_and_its_preprocessing(tmp_path: Path) -> None:
    path = colour_means(tmp_path / "means.onnx", external=True)
    keys = [open_file(path).card.key]
    (tmp_path / "means.onnx.json").write_text('{"channels": "BGR"}')
    keys.append(open_file(path).card.key)
    data = tmp_path / "means.onnx.data"
    data.write_bytes(data.read_bytes()[:-1] + b"A")
    keys.append(open_file(path).card.key)
    assert len(set(keys)) == 3


def test_what_is_no_network_is_refused_with_its_name(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    whole = colour_means(tmp_path / "means.onnx").read_bytes()
    (tmp_path / "words.onnx").write_text("these are only words")
    (tmp_path / "cut.onnx").write_bytes(whole[:60])
    (tmp_path / "empty.onnx").touch()
    for name in ("missing.onnx", "words.onnx", "cut.onnx", "empty.onnx"):
        with pytest.raises(FigechoError, match=name) as caught:
            open_file(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "no JSON object"),
        ("{", "cannot be used"),
        ('{"sice": 3}', "unknown sice; there are"),
        ('{"resize": "cubic"}', "resize must be one of"),
        ('{"std": [0, 1, 1]}', "none of them 0"),
        ('{"height": "224"}', "whole number"),
        ('{"shorter_side": 10}', "less than what is cut out"),
        ('{"pool": "max"}', "pool must be one of"),
        ('{"name": 3}', "name must be text"),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = colour_means(tmp_path / "means.onnx")
    (tmp_path / "means.onnx.json").write_text(text)
    with pytest.raises(InputError, match=words):
        open_file(path)
