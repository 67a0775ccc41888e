"""A BERT of any shape with random weights, and texts that fill it: for measuring time alone."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

from engine.learning.development import DevelopmentSet
from engine.paths import RESOURCES

PAPER = BertConfig(
    vocab_size=50_265,  # with it 125 million parameters, as CodeBERT
    hidden_size=768,
    num_hidden_layers=12,
    num_attention_heads=12,
    intermediate_size=3072,
    num_labels=1,
)
"""The shape of the CasCode paper's models."""

_QUERIES, _DOCUMENTS, _WORDS = 12, 200, 400
_VOCABULARY = ("def", "return", "value", "list", "tensor", "sum", "shape", "range", "index", "key")


def make_random_bert(folder: Path, config: BertConfig) -> Path:
    """Write a model with a head in half precision; it takes the bundled model's tokenizer."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    state = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        source = RESOURCES / "models/encoder" / name
        if source.exists():
            shutil.copyfile(source, folder / name)
    return folder


def random_set() -> DevelopmentSet:
    """Short questions, and codes longer than any limit; nothing is relevant."""
    rng = random.Random(0)
    queries = [" ".join(rng.choices(_VOCABULARY, k=12)) for _ in range(_QUERIES)]
    documents = [" ".join(rng.choices(_VOCABULARY, k=_WORDS)) for _ in range(_DOCUMENTS)]
    return DevelopmentSet("random texts", queries, documents, [])
