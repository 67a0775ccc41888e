"""A BERT encoder in plain torch, read from a Hugging Face folder.

Only inference, only what the bundled models are: absolute positions, GELU, post-layer-norm
(Devlin et al., 2019). `transformers` could do it, but importing it takes longer than loading the
model. The folder holds `config.json`, `model.safetensors` and `tokenizer.json`; weights may be in
any float format and carry the prefix `bert.` (a model with a classification head) or not.

Rows lie end to end (`Batch`), so nothing is computed for padding, and no row's result depends on
the others' lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from engine.errors import ModelError
from engine.models.attention import choose_attention
from engine.models.batches import Batch
from engine.models.device import Device
from engine.models.folder import BertConfig, read_bert_config, read_weights
from engine.models.linear import ACTIVATIONS, Linear, linear_class

Body = Callable[[Batch], Tensor]
"""Computes the last layer's states (tokens, hidden)."""


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Layer normalisation over the last dimension."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


@dataclass(frozen=True, slots=True)
class Layer:
    """One transformer block; query, key and value share one matrix (3h, h)."""

    query_key_value: Linear
    attention_output: Linear
    attention_norm: LayerNorm
    intermediate: Linear
    output: Linear
    output_norm: LayerNorm


@dataclass(frozen=True, slots=True)
class Head:
    """The classification head, in float32: in bfloat16, near scores would become ties."""

    pooler: Linear
    classifier: Linear

    def __call__(self, first: Tensor) -> Tensor:
        """The single output (n,) for the first tokens' states (n, hidden)."""
        return self.classifier(torch.tanh(self.pooler(first.float())))[:, 0]


class Bert:
    """The network. `hidden` gives the last layer's states, `logits` the classification head's.

    `body` is what computes the states: `TorchBody`, or another runtime's.
    """

    def __init__(
        self, config: BertConfig, device: Device, body: Body, head: Head | None = None
    ) -> None:
        self.config = config
        self.device = device
        self._body = body
        self._head = head

    @property
    def has_head(self) -> bool:
        """Whether there is a classification head (with one output)."""
        return self._head is not None

    def hidden(self, batch: Batch) -> Tensor:
        """The last layer's states (tokens, hidden)."""
        return self._body(batch)

    def mean_pooled(self, batch: Batch) -> Tensor:
        """The mean of the states over each row's tokens, L2-normalised, float32 (n, hidden)."""
        states = self.hidden(batch).float()
        sums = states.new_zeros(len(batch.rows), states.shape[1])
        # The length of the mean is lost in normalising: the sum will do.
        return F.normalize(sums.index_add_(0, batch.owners, states), dim=1)

    def logits(self, batch: Batch) -> Tensor:
        """The classification head's single output, float32 (n,)."""
        if self._head is None:
            raise ValueError("this model has no classification head")
        return self._head(self.hidden(batch).index_select(0, batch.offsets[:-1]))


class TorchBody:
    """Embeddings and blocks in torch, in the device's precision."""

    def __init__(self, config: BertConfig, read: Reader, device: Device) -> None:
        hidden = config.hidden_size
        self._heads = config.num_attention_heads
        self._activation = config.hidden_act
        self._words, self._positions, self._types = (
            read.tensor(f"embeddings.{kind}_embeddings.weight", size, hidden)
            for kind, size in (
                ("word", config.vocab_size),
                ("position", config.max_position_embeddings),
                ("token_type", config.type_vocab_size),
            )
        )
        self._embedding_norm = read.norm("embeddings.LayerNorm")
        self._layers = [
            read.layer(f"encoder.layer.{index}") for index in range(config.num_hidden_layers)
        ]
        self._attention = choose_attention(device, self._heads, hidden // self._heads)

    def __call__(self, batch: Batch) -> Tensor:
        """See `Body`."""
        embedded = F.embedding(batch.ids, self._words)
        embedded = embedded + F.embedding(batch.types, self._types)
        embedded = embedded + F.embedding(batch.positions, self._positions)
        states = self._embedding_norm(embedded)
        for layer in self._layers:
            states = self._block(layer, states, batch)
        return states

    def _block(self, layer: Layer, states: Tensor, batch: Batch) -> Tensor:
        tokens, hidden = states.shape
        shape = (tokens, 3, self._heads, hidden // self._heads)
        attended = self._attention(layer.query_key_value(states).view(shape), batch)
        summed = layer.attention_output.added(attended.view(tokens, hidden), states)
        states = layer.attention_norm(summed)
        inner = layer.intermediate.activated(states, self._activation)
        return layer.output_norm(layer.output.added(inner, states))


class Reader:
    """Takes tensors out of a checkpoint, checking their shapes on the way."""

    def __init__(
        self, weights: Mapping[str, Tensor], device: Device, config: BertConfig, folder: Path
    ) -> None:
        self._weights = weights
        self._device = device
        self._config = config
        self._folder = folder
        self._linear = linear_class(device)

    def tensor(self, name: str, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """A tensor of that shape, on the device in its precision. Raises `ModelError`."""
        tensor = self._weights.get(name)
        if tensor is None or not tensor.is_floating_point() or tuple(tensor.shape) != shape:
            found = "missing" if tensor is None else f"{tensor.dtype} {tuple(tensor.shape)}"
            raise ModelError(
                f"the model in {self._folder} does not fit its config.json: "
                f"{name} should be {shape}, is {found}; get the model again"
            )
        return tensor.to(self._device.name, dtype or self._device.torch_dtype).contiguous()

    def affine(
        self, name: str, out_size: int, in_size: int, dtype: torch.dtype | None = None
    ) -> tuple[Tensor, Tensor]:
        """Weight (out, in) and bias (out) of a linear map."""
        weight = self.tensor(f"{name}.weight", out_size, in_size, dtype=dtype)
        return weight, self.tensor(f"{name}.bias", out_size, dtype=dtype)

    def norm(self, name: str) -> LayerNorm:
        """A layer normalisation."""
        hidden = self._config.hidden_size
        weight = self.tensor(f"{name}.weight", hidden)
        return LayerNorm(weight, self.tensor(f"{name}.bias", hidden), self._config.layer_norm_eps)

    def layer(self, name: str) -> Layer:
        """One block."""
        hidden, inner = self._config.hidden_size, self._config.intermediate_size
        weights, biases = zip(
            *(
                self.affine(f"{name}.attention.self.{part}", hidden, hidden)
                for part in ("query", "key", "value")
            ),
            strict=True,
        )
        return Layer(
            query_key_value=self._linear(torch.cat(weights), torch.cat(biases)),
            attention_output=self._map(f"{name}.attention.output.dense", hidden, hidden),
            attention_norm=self.norm(f"{name}.attention.output.LayerNorm"),
            intermediate=self._map(f"{name}.intermediate.dense", inner, hidden),
            output=self._map(f"{name}.output.dense", hidden, inner),
            output_norm=self.norm(f"{name}.output.LayerNorm"),
        )

    def head(self) -> Head | None:
        """The classification head, if there is one."""
        if "classifier.weight" not in self._weights:
            return None
        hidden = self._config.hidden_size
        pooler = self.affine("pooler.dense", hidden, hidden, torch.float32)
        return Head(Linear(*pooler), Linear(*self.affine("classifier", 1, hidden, torch.float32)))

    def _map(self, name: str, out_size: int, in_size: int) -> Linear:
        return self._linear(*self.affine(name, out_size, in_size))


def load_bert(folder: Path, device: Device) -> Bert:
    """Read a model folder. Raises `ModelError` if it is incomplete, damaged or not a BERT."""
    config = read_bert_config(folder)
    if config.hidden_act not in ACTIVATIONS:
        raise ModelError(
            f"the model in {folder} uses the activation {config.hidden_act!r}, which is not "
            f"supported; choose a model with one of {', '.join(ACTIVATIONS)}"
        )
    read = Reader(read_weights(folder), device, config, folder)
    return Bert(config, device, TorchBody(config, read, device), read.head())
