"""What lies in a model folder: config, weights, tokenizer; and what is wrong with it, in a line.

Only safetensors are read, never a pickle, and no code that comes with a model is run.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

MAX_TOKENS = 256
"""Tokens of a text that a model reads unless its folder says less."""


@dataclass(frozen=True, slots=True)
class BertConfig:
    """The part of a BERT's `config.json` that inference needs."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int = 2
    hidden_act: str = "gelu"
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a model folder. Raises `ModelError` if there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{path.parent} is not a model folder: {path.name} is missing; "
            "choose a folder in Hugging Face layout"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {_one_line(error)}; get the model again"
        ) from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} is not a JSON object; get the model again")
    return value


def read_bert_config(folder: Path) -> BertConfig:
    """The configuration of a BERT model. Raises `ModelError` for any other architecture."""
    raw = read_json(folder / "config.json")
    if raw.get("model_type") != "bert":
        raise ModelError(
            f"the model in {folder} is of type {raw.get('model_type')!r}, not 'bert'; "
            "choose a BERT model here"
        )
    if raw.get("position_embedding_type", "absolute") != "absolute":
        raise ModelError(f"the model in {folder} uses relative positions; choose another model")
    fields = {name: raw[name] for name in BertConfig.__dataclass_fields__ if name in raw}
    if fields.get("pad_token_id", 0) is None:
        del fields["pad_token_id"]
    try:
        config = BertConfig(**fields)
    except TypeError as error:
        missing = _one_line(error).partition(": ")[2] or "a value"
        raise ModelError(f"{folder}/config.json lacks {missing}; get the model again") from None
    if not _is_sound(config):
        raise ModelError(f"{folder}/config.json has impossible values; get the model again")
    return config


def _is_sound(config: BertConfig) -> bool:
    sizes = (
        config.vocab_size,
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.intermediate_size,
        config.max_position_embeddings,
        config.type_vocab_size,
    )
    whole = all(isinstance(size, int) and size > 0 for size in sizes)
    if not isinstance(config.hidden_act, str) or not isinstance(config.layer_norm_eps, float | int):
        return False
    return whole and config.hidden_size % config.num_attention_heads == 0


def weights_file(folder: Path) -> Path:
    """The folder's `model.safetensors`. Raises `ModelError` when there is none."""
    path = folder / "model.safetensors"
    if path.is_file():
        return path
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        raise ModelError(
            f"the model in {folder} has only pickled weights, which could run code when opened; "
            "choose one with model.safetensors"
        )
    if any(folder.glob("model-*.safetensors")):
        raise ModelError(f"the model in {folder} is split into several files; choose a smaller one")
    raise ModelError(
        f"{folder} is not a model folder: model.safetensors is missing; "
        "choose a folder in Hugging Face layout"
    )


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a model by name, without the prefix `bert.`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = weights_file(folder)
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} is damaged or incomplete ({_one_line(error)}); get the model again"
        ) from None
    return {_modern_name(name): tensor for name, tensor in tensors.items()}


def _modern_name(name: str) -> str:
    # Checkpoints converted from TensorFlow still say gamma and beta.
    name = name.removeprefix("bert.")
    if name.endswith("LayerNorm.gamma"):
        return name.removesuffix("gamma") + "weight"
    if name.endswith("LayerNorm.beta"):
        return name.removesuffix("beta") + "bias"
    return name


def read_tokenizer(folder: Path, config: BertConfig, max_tokens: int) -> Tokenizer:
    """The folder's tokenizer, cutting at `max_tokens` and not padding."""
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelError(
            f"{folder} is not a model folder: tokenizer.json is missing; get the model again"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(
            f"{path} is damaged or incomplete ({_one_line(error)}); get the model again"
        ) from None
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ModelError(
            f"the tokenizer in {folder} knows {tokenizer.get_vocab_size()} tokens, the model only "
            f"{config.vocab_size}; they do not belong together"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def max_tokens(folder: Path, config: BertConfig) -> int:
    """How many tokens of a text the model reads: the folder's own limit, at most 256."""
    limit = min(MAX_TOKENS, config.max_position_embeddings)
    path = folder / "sentence_bert_config.json"
    if path.is_file():
        stated = read_json(path).get("max_seq_length")
        if isinstance(stated, int) and stated > 2:
            limit = min(limit, stated)
    return limit


def fingerprint(folder: Path, *settings: object) -> str:
    """16 hex digits that name the model's weights, tokenizer and the given settings."""
    digest = hashlib.blake2b(digest_size=8)
    for path in (weights_file(folder), folder / "tokenizer.json"):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    digest.update(repr(settings).encode())
    return digest.hexdigest()


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
