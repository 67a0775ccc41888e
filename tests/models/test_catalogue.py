"""From a choice to a model."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import ModelError
from engine.models import catalogue
from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.encoder import BertEncoder, SentenceTransformerEncoder
from tests.models.conftest import CPU

LIBRARY = "sentence_transformers"


def test_a_folder_with_a_plain_bert_is_run_here(
    encoder_folder: Path, cross_encoder_folder: Path
) -> None:
    encoder = load_encoder(ModelChoice("encoder", str(encoder_folder)), CPU)
    cross = load_cross_encoder(ModelChoice("cross-encoder", str(cross_encoder_folder)), CPU)
    assert isinstance(encoder, BertEncoder)
    assert isinstance(cross, BertCrossEncoder)
    assert encoder.name == str(encoder_folder)


def with_pooling(source: Path, folder: Path, mode: str) -> Path:
    """A copy of a model folder as sentence-transformers writes one."""
    shutil.copytree(source, folder)
    kinds = {"Transformer": "", "Pooling": "1_Pooling"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"{LIBRARY}.models.{kind}"}
        for number, (kind, path) in enumerate(kinds.items())
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    pooling = {
        "word_embedding_dimension": 32,
        "pooling_mode_cls_token": mode == "cls",
        "pooling_mode_mean_tokens": mode == "mean",
    }
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    return folder


def test_mean_pooling_is_run_here(tmp_path: Path, encoder_folder: Path) -> None:
    folder = with_pooling(encoder_folder, tmp_path / "mean", "mean")
    assert isinstance(load_encoder(ModelChoice("encoder", str(folder)), CPU), BertEncoder)


@pytest.mark.parametrize("content", [b"\xff", b"{", b"{}"])
def test_damaged_modules_are_one_line(tmp_path: Path, encoder_folder: Path, content: bytes) -> None:
    folder = with_pooling(encoder_folder, tmp_path / "damaged", "mean")
    (folder / "modules.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"modules\.json .*; get the model again"):
        load_encoder(ModelChoice("encoder", str(folder)), CPU)


def test_another_pooling_goes_through_sentence_transformers(
    tmp_path: Path, encoder_folder: Path
) -> None:
    folder = with_pooling(encoder_folder, tmp_path / "cls", "cls")
    encoder = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    assert isinstance(encoder, SentenceTransformerEncoder)
    texts = ["one", "two words", "and three words " * 30]
    vectors = encoder.encode(texts, role="query")
    alone = encoder.encode(texts[:1], role="query")
    assert vectors.shape == (3, 32)
    assert vectors[0] == pytest.approx(alone[0], abs=1e-5)
    mean = load_encoder(ModelChoice("encoder", str(encoder_folder)), CPU)
    assert mean.fingerprint != encoder.fingerprint


def test_prompts_go_through_sentence_transformers(tmp_path: Path, encoder_folder: Path) -> None:
    folder = with_pooling(encoder_folder, tmp_path / "prompts", "mean")
    settings = {"prompts": {"query": "find this : ", "document": ""}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    encoder = load_encoder(ModelChoice("encoder", str(folder)), CPU)
    plain = load_encoder(ModelChoice("encoder", str(encoder_folder)), CPU)
    asked = encoder.encode(["sort rows"], role="query")
    expected = plain.encode(["find this : sort rows"], role="query")
    assert asked == pytest.approx(expected, abs=1e-5)
    stored = encoder.encode(["sort rows"], role="document")
    assert stored == pytest.approx(plain.encode(["sort rows"], role="document"), abs=1e-5)


def test_a_model_in_the_local_cache_is_found_by_its_id(
    tmp_path: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = "0" * 40
    cached = tmp_path / "models--somebody--tiny"
    shutil.copytree(encoder_folder, cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    encoder = load_encoder(ModelChoice("encoder", "somebody/tiny"), CPU)
    assert isinstance(encoder, BertEncoder)
    assert encoder.name == "somebody/tiny"


def test_what_is_nowhere_is_said_in_one_line(tmp_path: Path) -> None:
    for name, words in {
        str(tmp_path / "nothing"): "no model folder at",
        "not a model name!": "no model folder at",
        "somebody/some-model": "is not on this machine",
    }.items():
        with pytest.raises(ModelError, match=words) as caught:
            load_encoder(ModelChoice("encoder", name), CPU)
        assert "\n" not in str(caught.value)


def test_a_missing_bundled_model_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "BUNDLED_FOLDER", tmp_path)
    with pytest.raises(ModelError, match="bundled encoder is missing"):
        load_encoder(ModelChoice("encoder"), CPU)


def test_any_other_architecture_needs_safetensors(tmp_path: Path) -> None:
    folder = tmp_path / "roberta"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "roberta"}')
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match="pickled weights"):
        load_encoder(ModelChoice("encoder", str(folder)), CPU)
    with pytest.raises(ModelError, match="pickled weights"):
        load_cross_encoder(ModelChoice("cross-encoder", str(folder)), CPU)


def test_an_unreadable_architecture_is_said_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "no-such-type"}')
    (folder / "model.safetensors").write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_encoder(ModelChoice("encoder", str(folder)), CPU)
    assert "\n" not in str(caught.value)


def test_loading_a_plain_bert_leaves_transformers_out(encoder_folder: Path) -> None:
    program = (
        "import sys\n"
        "from engine.models.catalogue import ModelChoice, load_encoder\n"
        "assert 'torch' not in sys.modules\n"
        f"load_encoder(ModelChoice('encoder', {str(encoder_folder)!r}))"
        ".encode(['x'], role='query')\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['torch']"
