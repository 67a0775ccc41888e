"""Tiny random BERT folders in Hugging Face layout, made when a test needs one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import Tensor

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_.,:;()[]{}=+-*/<>!\"'@#&|%"
HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 64


def make_encoder_folder(
    folder: Path, words: Sequence[str] = (), seed: int = 0, dtype: torch.dtype = torch.float32
) -> Path:
    """A BERT without a head. Words it knows are one token each, all else is spelt in letters."""
    weights, vocabulary = _body(words, seed)
    return _write(folder, "BertModel", weights, vocabulary, dtype)


def make_cross_encoder_folder(
    folder: Path, words: Sequence[str] = (), seed: int = 0, dtype: torch.dtype = torch.float32
) -> Path:
    """A BERT with pooler and a classifier of one output."""
    body, vocabulary = _body(words, seed)
    weights = {f"bert.{name}": tensor for name, tensor in body.items()}
    weights["classifier.weight"] = torch.randn(1, HIDDEN, generator=torch.manual_seed(seed))
    weights["classifier.bias"] = torch.zeros(1)
    return _write(folder, "BertForSequenceClassification", weights, vocabulary, dtype, num_labels=1)


def words_of(text: str) -> list[str]:
    """The words of a text, for a tiny model's vocabulary."""
    return sorted({word.lower() for word in re.findall(r"[A-Za-z]+", text)})


def _body(words: Sequence[str], seed: int) -> tuple[dict[str, Tensor], list[str]]:
    vocabulary = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocabulary += [word for word in words if word not in set(vocabulary)]
    source = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=source) * 0.3

    weights = {
        "embeddings.word_embeddings.weight": random(len(vocabulary), HIDDEN),
        "embeddings.position_embeddings.weight": random(POSITIONS, HIDDEN) * 0.1,
        "embeddings.token_type_embeddings.weight": random(2, HIDDEN) * 0.1,
        "pooler.dense.weight": random(HIDDEN, HIDDEN),
        "pooler.dense.bias": random(HIDDEN),
    }
    norms = ["embeddings.LayerNorm"]
    for index in range(LAYERS):
        layer = f"encoder.layer.{index}"
        for part, (out_size, in_size) in {
            "attention.self.query": (HIDDEN, HIDDEN),
            "attention.self.key": (HIDDEN, HIDDEN),
            "attention.self.value": (HIDDEN, HIDDEN),
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (INNER, HIDDEN),
            "output.dense": (HIDDEN, INNER),
        }.items():
            weights[f"{layer}.{part}.weight"] = random(out_size, in_size)
            weights[f"{layer}.{part}.bias"] = random(out_size)
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for norm in norms:
        weights[f"{norm}.weight"] = 1 + random(HIDDEN)
        weights[f"{norm}.bias"] = random(HIDDEN)
    return weights, vocabulary


def _write(
    folder: Path,
    architecture: str,
    weights: dict[str, Tensor],
    vocabulary: list[str],
    dtype: torch.dtype,
    **extra: Any,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": [architecture],
        "model_type": "bert",
        "vocab_size": len(vocabulary),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        **extra,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tokenizer = _tokenizer(vocabulary)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    tensors = {name: tensor.to(dtype).contiguous() for name, tensor in weights.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _tokenizer(vocabulary: list[str]) -> Tokenizer:
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"])
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer
