"""A BERT's body as an ONNX graph with int8 weights.

Written from the checkpoint in the operators that ONNX Runtime's own BERT fusion ends with, and
quantised by ONNX Runtime's tool (weights with a scale for each output, activations as they come).
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.models.folder import BertConfig
from engine.models.linear import products_saturate

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch import Tensor

    from engine.models.bert import Reader

_MICROSOFT = "com.microsoft"
_ACTIVATIONS = {"gelu": "BiasGelu", "gelu_new": "FastGelu", "gelu_pytorch_tanh": "FastGelu"}


def can_write(config: BertConfig) -> bool:
    """Whether there are operators for the model's activation."""
    return config.hidden_act in _ACTIVATIONS


def quantised_graph(config: BertConfig, read: Reader) -> bytes:
    """The graph, ready to run: (rows, length) int32 `ids`, `types`, `mask` → `states` float32.

    `read` gives the checkpoint's tensors. Raises `ModelError` if they do not fit `config`.
    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = _Graph(config, read).model()
    with tempfile.TemporaryDirectory() as folder, _silent_logging():
        target = Path(folder) / "quantised.onnx"
        quantize_dynamic(
            graph,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=products_saturate(),
            weight_type=QuantType.QInt8,
            # Types are not inferred through the fused operators.
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        return target.read_bytes()


class _Graph:
    """Collects nodes and constants."""

    def __init__(self, config: BertConfig, read: Reader) -> None:
        self._config = config
        self._read = read
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> ModelProto:
        """The whole graph in float32."""
        from onnx import TensorProto, helper

        states = self._embeddings()
        for index in range(self._config.num_hidden_layers):
            states = self._block(f"encoder.layer.{index}", states)
        self._node("Identity", [states], "states", domain="")
        shape = ["rows", "length"]
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [
                helper.make_tensor_value_info(name, TensorProto.INT32, shape)
                for name in ("ids", "types", "mask")
            ],
            [
                helper.make_tensor_value_info(
                    "states", TensorProto.FLOAT, [*shape, self._config.hidden_size]
                )
            ],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def _embeddings(self) -> str:
        config, hidden = self._config, self._config.hidden_size
        tables = [
            self._constant(f"embeddings.{kind}_embeddings.weight", size, hidden)
            for kind, size in (
                ("word", config.vocab_size),
                ("position", config.max_position_embeddings),
                ("token_type", config.type_vocab_size),
            )
        ]
        return self._node(
            "EmbedLayerNormalization",
            ["ids", "types", *tables, *self._norm("embeddings.LayerNorm"), "mask"],
            "embedded",
            more_outputs=["lengths"],
            epsilon=config.layer_norm_eps,
        )

    def _block(self, name: str, states: str) -> str:
        hidden, inner = self._config.hidden_size, self._config.intermediate_size
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        biases = torch.cat([self._read.tensor(f"{part}.bias", hidden) for part in parts])
        attended = self._node(
            "MultiHeadAttention",
            [
                *(self._product(part, states, hidden, hidden) for part in parts),
                self._keep(f"{name}.attention.bias", biases),
                "mask",
            ],
            f"{name}.attended",
            num_heads=self._config.num_attention_heads,
        )
        dense = f"{name}.attention.output"
        states = self._added(dense, attended, states, hidden)
        dense = f"{name}.intermediate.dense"
        raised = self._node(
            _ACTIVATIONS[self._config.hidden_act],
            [self._product(dense, states, inner, hidden), self._constant(f"{dense}.bias", inner)],
            f"{name}.raised",
        )
        return self._added(f"{name}.output", raised, states, inner)

    def _added(self, name: str, x: str, residual: str, in_size: int) -> str:
        hidden = self._config.hidden_size
        product = self._product(f"{name}.dense", x, hidden, in_size)
        bias = self._constant(f"{name}.dense.bias", hidden)
        return self._node(
            "SkipLayerNormalization",
            [product, residual, *self._norm(f"{name}.LayerNorm"), bias],
            f"{name}.states",
            epsilon=self._config.layer_norm_eps,
        )

    def _product(self, name: str, x: str, out_size: int, in_size: int) -> str:
        weight = self._read.tensor(f"{name}.weight", out_size, in_size)
        transposed = self._keep(f"{name}.weight", weight.T)
        return self._node("MatMul", [x, transposed], f"{name}.product", domain="")

    def _norm(self, name: str) -> list[str]:
        hidden = self._config.hidden_size
        return [self._constant(f"{name}.{part}", hidden) for part in ("weight", "bias")]

    def _constant(self, name: str, *shape: int) -> str:
        return self._keep(name, self._read.tensor(name, *shape))

    def _keep(self, name: str, tensor: Tensor) -> str:
        from onnx import numpy_helper

        array = np.ascontiguousarray(tensor.float().numpy())
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def _node(
        self,
        operator: str,
        inputs: list[str],
        output: str,
        *,
        more_outputs: list[str] | None = None,
        domain: str = _MICROSOFT,
        **attributes: object,
    ) -> str:
        from onnx import helper

        outputs = [output, *(more_outputs or [])]
        self._nodes.append(
            helper.make_node(operator, inputs, outputs, output, domain=domain, **attributes)
        )
        return output


class _silent_logging:  # noqa: N801 - used like a function
    """The quantiser recommends, through the root logger, a step that this graph does not need."""

    def __enter__(self) -> None:
        self._before = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(self._before)
