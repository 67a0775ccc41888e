"""A very small BERT, its tokenizer and some groups, made on the spot."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

from engine.learning.groups import Group, Text

_VERBS = "add sort filter merge split read write count reverse rotate encode decode"
_NOUNS = "list string file matrix tree graph queue number date image table record"
_REST = "def return self x y f ( ) : , = + . _ the of a in"
VERBS, NOUNS = _VERBS.split(), _NOUNS.split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def make_model(folder: Path) -> Path:
    """A folder in Hugging Face layout with random weights."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = sorted({*VERBS, *NOUNS, *_REST.split()})
    vocab = {word: index for index, word in enumerate([*SPECIAL, *pieces])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocab),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    model = BertModel(config, add_pooling_layer=False)
    config.save_pretrained(folder)
    save_file(dict(model.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def make_roberta(folder: Path) -> Path:
    """The same tokenizer with the architecture of CodeBERT."""
    make_model(folder)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(SPECIAL) + len({*VERBS, *NOUNS, *_REST.split()}),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        pad_token_id=0,
        type_vocab_size=2,
    )
    model = RobertaModel(config, add_pooling_layer=False)
    config.save_pretrained(folder)
    save_file(dict(model.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def make_groups() -> list[Group]:
    """Descriptions with functions, and twins, over all verbs and nouns."""
    groups = []
    for verb in VERBS:
        for noun in NOUNS:
            code = f"def {verb}_{noun}(x):\n    y = {verb}(x)\n    return {noun}(y)"
            texts = (Text(f"{verb} the {noun}"), Text(code, "Python"))
            groups.append(Group("docstrings", "made", texts))
            twin = f"def f(self, {noun}):\n    return self.{verb}({noun}, y)"
            groups.append(Group("twins", "made", (Text(code, "Python"), Text(twin, "Python"))))
    random.Random(0).shuffle(groups)
    return groups


def make_teacher(start: Path, folder: Path) -> Path:
    """The model of a folder as a cross-encoder with a random head."""
    shutil.copytree(start, folder)
    BertForSequenceClassification.from_pretrained(start, num_labels=1).save_pretrained(folder)
    return folder
