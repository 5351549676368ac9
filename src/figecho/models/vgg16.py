"""VGG16 as ``keras.applications.VGG16(include_top=False, pooling="avg")`` computes it, as an ONNX graph.

Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015: blocks of 3 × 3
convolutions, each followed by max(0, x), each block by 2 × 2 maximum pooling; here the mean over the last feature map.
"""

from __future__ import annotations

from collections.abc import Sequence

from figecho.models.extra import needed
from figecho.models.weights import VGG16, Blocks, Convolution

#: Operators as they are since 2019; every onnxruntime 1.x runs them.
OPSET, IR = 13, 7
SIDE = 224


def build(convolutions: Sequence[Convolution], blocks: Blocks = VGG16) -> bytes:
    """The serialised graph: ``image`` (n, 3, 224, 224) float32 → ``embedding`` (n, channels of the last block)."""
    onnx = needed("onnx")
    helper, number = onnx.helper, onnx.numpy_helper
    nodes, constants = [], []
    layers = iter(convolutions)
    flow = "image"
    for block, channels in enumerate(blocks, start=1):
        for layer in range(1, len(channels) + 1):
            name, weights = f"block{block}_conv{layer}", next(layers)
            constants.append(number.from_array(weights.kernel, f"{name}.kernel"))
            constants.append(number.from_array(weights.bias, f"{name}.bias"))
            inputs = [flow, f"{name}.kernel", f"{name}.bias"]
            nodes.append(helper.make_node("Conv", inputs, [name], pads=[1, 1, 1, 1], kernel_shape=[3, 3]))
            nodes.append(helper.make_node("Relu", [name], [flow := f"{name}.relu"]))
        pool = f"block{block}_pool"
        nodes.append(helper.make_node("MaxPool", [flow], [pool], kernel_shape=[2, 2], strides=[2, 2]))
        flow = pool
    nodes.append(helper.make_node("GlobalAveragePool", [flow], ["mean"]))
    nodes.append(helper.make_node("Flatten", ["mean"], ["embedding"]))
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "vgg16",
        [helper.make_tensor_value_info("image", real, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("embedding", real, ["n", blocks[-1][-1]])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    return bytes(model.SerializeToString())
