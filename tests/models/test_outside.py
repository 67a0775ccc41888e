"""Models of other architectures, made here and run by sentence-transformers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder, memory_needed
from engine.models.cross_encoder import SentenceTransformerCrossEncoder
from engine.models.device import Device, Precision
from engine.models.memory import count_parameters
from engine.models.outside import TaskPromptEncoder, most_tokens
from tests.models.conftest import CPU
from tests.models.tiny import make_encoder_folder

HALF = Device("cpu", Precision.BF16)


def modern_bert(folder: Path) -> Path:
    """A tiny ModernBERT with the tokenizer of the tiny BERT."""
    from transformers import ModernBertConfig, ModernBertModel

    make_encoder_folder(folder)
    vocabulary = json.loads((folder / "config.json").read_text())["vocab_size"]
    torch.manual_seed(0)
    config = ModernBertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
    )
    ModernBertModel(config).save_pretrained(folder)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    settings |= {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]"}
    settings |= {"sep_token": "[SEP]", "mask_token": "[MASK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def modular_cross_encoder(folder: Path) -> Path:
    """Transformer, CLS pooling, dense, layer norm and a dense layer of one output, as Ettin's."""
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import LayerNorm, Pooling

    body = Transformer(str(modern_bert(folder.with_name("body"))))
    torch.manual_seed(1)
    parts = [
        body,
        Pooling(32, pooling_mode="cls"),
        Dense(
            32,
            32,
            bias=False,
            activation_function=torch.nn.GELU(),
            module_input_name="sentence_embedding",
            module_output_name="sentence_embedding",
        ),
        LayerNorm(32),
        Dense(
            32,
            1,
            activation_function=torch.nn.Identity(),
            module_input_name="sentence_embedding",
            module_output_name="scores",
        ),
    ]
    CrossEncoder(modules=parts, device="cpu").save_pretrained(str(folder))
    return folder


@pytest.mark.parametrize("device", [CPU, HALF], ids=["fp32", "bf16"])
def test_a_cross_encoder_in_modules_gives_one_score(tmp_path: Path, device: Device) -> None:
    folder = modular_cross_encoder(tmp_path / "modular")
    cross = load_cross_encoder(ModelChoice("cross-encoder", str(folder)), device)
    assert isinstance(cross, SentenceTransformerCrossEncoder)
    texts = ["def sort(rows): return sorted(rows)", "x", "import csv " * 300]
    scores = cross.score("sort the rows", texts)
    assert scores.shape == (3,) and ((scores > 0) & (scores < 1)).all()
    assert len(set(scores.tolist())) == 3
    assert cross.score("sort the rows", texts[:1])[0] == pytest.approx(scores[0], abs=0.02)
    assert count_parameters(folder) > 32 * 33  # the parts of every module


def test_an_encoder_is_no_cross_encoder(tmp_path: Path) -> None:
    """Its head would be made up at loading, and with it every score."""
    from transformers import AutoModelForSequenceClassification

    folder = modern_bert(tmp_path / "encoder")
    with pytest.raises(ModelError, match="no classification head"):
        load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU)
    headed = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
    headed.save_pretrained(folder)
    cross = load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU)
    assert cross.score("sort", ["x"]).shape == (1,)


def test_a_fingerprint_covers_every_module(tmp_path: Path) -> None:
    folder = modular_cross_encoder(tmp_path / "modular")
    before = load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU).fingerprint
    head = max(folder.glob("*_Dense"))
    weights = head / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    after = load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU).fingerprint
    assert before != after


@pytest.mark.parametrize("device", [CPU, HALF], ids=["fp32", "bf16"])
def test_a_modern_bert_is_read_as_its_configuration_says(tmp_path: Path, device: Device) -> None:
    folder = modern_bert(tmp_path / "modern")
    encoder = load_encoder(ModelChoice("encoder", str(folder)), device)
    vectors = encoder.encode(["sort rows", "read a file"], role="document")
    assert vectors.shape == (2, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-3)
    assert memory_needed(folder, "encoder", device) > 4 * count_parameters(folder) / 2


def with_task_prompts(folder: Path) -> Path:
    """Prompts as a model for code has them: by task, none by role."""
    prompts = {
        "nl2code_query": "code for : ",
        "nl2code_document": "candidate : ",
        "code2code_query": "equivalent of : ",
    }
    settings = {"prompts": prompts, "default_prompt_name": None}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    kinds = {"Transformer": "", "Pooling": "1_Pooling"}
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (kind, path) in enumerate(kinds.items())
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


def test_prompts_by_task_follow_what_the_query_is(tmp_path: Path) -> None:
    folder = with_task_prompts(modern_bert(tmp_path / "tasks"))
    encoder = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    assert isinstance(encoder, TaskPromptEncoder)
    plain = load_encoder(ModelChoice("encoder", str(modern_bert(tmp_path / "plain"))), CPU)
    words, code = "how do I sort the rows of a table", "def f(rows):\n    return sorted(rows)\n"
    asked = encoder.encode([words, code], role="query")
    expected = plain.encode(["code for : " + words, "equivalent of : " + code], role="query")
    assert asked == pytest.approx(expected, abs=1e-5)
    stored = encoder.encode([code], role="document")
    assert stored == pytest.approx(plain.encode(["candidate : " + code], role="query"), abs=1e-5)


def test_long_texts_are_read_as_far_as_is_worth_it(tmp_path: Path) -> None:
    folder = modern_bert(tmp_path / "modern")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 100000}')
    encoder = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    assert encoder._model.max_seq_length <= most_tokens("encoder", CPU)  # type: ignore[attr-defined]


def test_code_that_comes_with_a_folder_is_not_run(tmp_path: Path) -> None:
    folder = modern_bert(tmp_path / "own")
    marker = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(marker)!r}, 'w')\n")
    (folder / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "", "type": "own.M"}]')
    for role, load in (("encoder", load_encoder), ("cross-encoder", load_cross_encoder)):
        with pytest.raises(ModelError, match=r"needs code of its own \(its module own\.M\)"):
            load(ModelChoice(role, str(folder)), CPU)  # type: ignore[arg-type, operator]
    assert not marker.exists()


def test_a_pickled_part_is_refused(tmp_path: Path) -> None:
    folder = modular_cross_encoder(tmp_path / "modular")
    head = max(folder.glob("*_Dense"))
    (head / "model.safetensors").rename(head / "pytorch_model.bin")
    with pytest.raises(ModelError, match=f"the part {head.name} .* has only pickled weights"):
        load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU)


def test_weights_in_numbered_parts_must_all_be_there(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = modern_bert(tmp_path / "split")
    encoder = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    expected = encoder.encode(["sort rows"], role="query")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    named = {}
    for number in (1, 2):
        part = f"model-0000{number}-of-00002.safetensors"
        own = dict(list(tensors.items())[number - 1 :: 2])
        save_file(own, folder / part, metadata={"format": "pt"})
        named |= dict.fromkeys(own, part)
    index = {"metadata": {}, "weight_map": named}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    split = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    assert split.encode(["sort rows"], role="query") == pytest.approx(expected, abs=1e-6)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelError, match=r"incomplete \(model-00002-of-00002\.safetensors\)"):
        load_encoder(ModelChoice("encoder", str(folder)), CPU)
