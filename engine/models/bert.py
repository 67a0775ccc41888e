"""A BERT encoder in plain torch, read from a Hugging Face folder.

Only inference, only what the bundled models are: absolute positions, GELU, post-layer-norm
(Devlin et al., 2019). `transformers` could do it, but importing it takes longer than loading the
model. The folder holds `config.json`, `model.safetensors` and `tokenizer.json`; weights may be in
any float format and carry the prefix `bert.` (a model with a classification head) or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from engine.errors import ModelError
from engine.models.device import Device
from engine.models.folder import BertConfig, read_bert_config, read_weights


def _gelu_tanh(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "relu": F.relu,
    "silu": F.silu,
}


@dataclass(frozen=True, slots=True)
class Linear:
    """An affine map: `weight` (out, in) and `bias` (out)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to the last dimension."""
        return F.linear(x, self.weight, self.bias)


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


class Bert:
    """The network. `hidden` gives the last layer's states, `logits` the classification head's."""

    def __init__(
        self, config: BertConfig, weights: Mapping[str, Tensor], device: Device, folder: Path
    ) -> None:
        self.config = config
        self.device = device
        read = _Reader(weights, device, config, folder)
        hidden = config.hidden_size
        self._words = read.tensor("embeddings.word_embeddings.weight", config.vocab_size, hidden)
        positions = read.tensor(
            "embeddings.position_embeddings.weight", config.max_position_embeddings, hidden
        )
        types = read.tensor(
            "embeddings.token_type_embeddings.weight", config.type_vocab_size, hidden
        )
        self._positions = positions
        self._types = types
        self._embedding_norm = read.norm("embeddings.LayerNorm")
        self._layers = [
            read.layer(f"encoder.layer.{index}") for index in range(config.num_hidden_layers)
        ]
        self._activation = ACTIVATIONS[config.hidden_act]
        self._pooler: Linear | None = None
        self._classifier: Linear | None = None
        if "classifier.weight" in weights:
            self._pooler = read.linear("pooler.dense", hidden, hidden)
            self._classifier = read.linear("classifier", 1, hidden)

    @property
    def has_head(self) -> bool:
        """Whether there is a classification head (with one output)."""
        return self._classifier is not None

    def hidden(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states (n, length, hidden).

        `ids` and `types` are int64 (n, length); `mask` is bool (n, length), False on padding.
        """
        length = ids.shape[1]
        embedded = F.embedding(ids, self._words) + F.embedding(types, self._types)
        states = self._embedding_norm(embedded + self._positions[:length])
        keys = None if bool(mask.all()) else mask[:, None, None, :]
        for layer in self._layers:
            states = self._block(layer, states, keys)
        return states

    def mean_pooled(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """The mean of the states over each row's tokens, L2-normalised, float32 (n, hidden)."""
        states = self.hidden(ids, types, mask).float()
        weights = mask[:, :, None].float()
        return F.normalize((states * weights).sum(1) / weights.sum(1).clamp(min=1.0), dim=1)

    def logits(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """The classification head's single output, float32 (n,)."""
        if self._pooler is None or self._classifier is None:
            raise ValueError("this model has no classification head")
        first = self.hidden(ids, types, mask)[:, 0]
        return self._classifier(torch.tanh(self._pooler(first))).float()[:, 0]

    def _block(self, layer: Layer, states: Tensor, keys: Tensor | None) -> Tensor:
        n, length, hidden = states.shape
        heads = self.config.num_attention_heads
        projected = layer.query_key_value(states).view(n, length, 3, heads, hidden // heads)
        query, key, value = projected.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=keys)
        attended = attended.transpose(1, 2).reshape(n, length, hidden)
        states = layer.attention_norm(layer.attention_output(attended) + states)
        inner = self._activation(layer.intermediate(states))
        return layer.output_norm(layer.output(inner) + states)


class _Reader:
    """Takes tensors out of a checkpoint, checking their shapes on the way."""

    def __init__(
        self, weights: Mapping[str, Tensor], device: Device, config: BertConfig, folder: Path
    ) -> None:
        self._weights = weights
        self._device = device
        self._config = config
        self._folder = folder

    def tensor(self, name: str, *shape: int) -> Tensor:
        tensor = self._weights.get(name)
        if tensor is None or not tensor.is_floating_point() or tuple(tensor.shape) != shape:
            found = "missing" if tensor is None else f"{tensor.dtype} {tuple(tensor.shape)}"
            raise ModelError(
                f"the model in {self._folder} does not fit its config.json: "
                f"{name} should be {shape}, is {found}; get the model again"
            )
        return tensor.to(self._device.name, self._device.torch_dtype).contiguous()

    def linear(self, name: str, out_size: int, in_size: int) -> Linear:
        weight = self.tensor(f"{name}.weight", out_size, in_size)
        return Linear(weight, self.tensor(f"{name}.bias", out_size))

    def norm(self, name: str) -> LayerNorm:
        hidden = self._config.hidden_size
        weight = self.tensor(f"{name}.weight", hidden)
        return LayerNorm(weight, self.tensor(f"{name}.bias", hidden), self._config.layer_norm_eps)

    def layer(self, name: str) -> Layer:
        hidden, inner = self._config.hidden_size, self._config.intermediate_size
        projections = [
            self.linear(f"{name}.attention.self.{part}", hidden, hidden)
            for part in ("query", "key", "value")
        ]
        return Layer(
            query_key_value=Linear(
                torch.cat([projection.weight for projection in projections]),
                torch.cat([projection.bias for projection in projections]),
            ),
            attention_output=self.linear(f"{name}.attention.output.dense", hidden, hidden),
            attention_norm=self.norm(f"{name}.attention.output.LayerNorm"),
            intermediate=self.linear(f"{name}.intermediate.dense", inner, hidden),
            output=self.linear(f"{name}.output.dense", hidden, inner),
            output_norm=self.norm(f"{name}.output.LayerNorm"),
        )


def load_bert(folder: Path, device: Device) -> Bert:
    """Read a model folder. Raises `ModelError` if it is incomplete, damaged or not a BERT."""
    config = read_bert_config(folder)
    if config.hidden_act not in ACTIVATIONS:
        raise ModelError(
            f"the model in {folder} uses the activation {config.hidden_act!r}, which is not "
            f"supported; choose a model with one of {', '.join(ACTIVATIONS)}"
        )
    return Bert(config, read_weights(folder), device, folder)


def pad(rows: Sequence[Sequence[int]], value: int, device: Device) -> Tensor:
    """Rows of different lengths as one int64 tensor (n, longest), filled up with `value`."""
    longest = max(map(len, rows))
    padded = [[*row, *([value] * (longest - len(row)))] for row in rows]
    return torch.tensor(padded, dtype=torch.long, device=device.name)
