"""The network against the reference implementation, and what it refuses to load."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.utils.rnn import pad_sequence

from engine.errors import ModelError
from engine.models.attention import Attention, by_length, padded
from engine.models.batches import Batch, make_batch
from engine.models.bert import load_bert
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.device import Device, Precision
from engine.models.encoder import BertEncoder
from engine.models.folder import read_tokenizer
from tests.models.conftest import CPU
from tests.models.tiny import make_encoder_folder


@dataclass
class Row:
    """A tokenised text, as far as batches read it."""

    ids: list[int]
    type_ids: list[int]


def rows() -> list[Row]:
    """Three rows of different lengths, two of them equal, the last with two segments."""
    lengths = (7, 15, 20, 15)
    ids = torch.randint(5, 60, (len(lengths), 20), generator=torch.manual_seed(1)).tolist()
    return [
        Row(row[:length], [0] * length if length < 20 else [0] * 9 + [1] * 11)
        for row, length in zip(ids, lengths, strict=True)
    ]


def batch() -> Batch:
    return make_batch(CPU, rows(), [0, 1, 2, 3])  # type: ignore[arg-type]


def as_the_library_wants_it() -> dict[str, torch.Tensor]:
    """The same rows, padded."""
    return {
        name: pad_sequence([torch.tensor(value(row)) for row in rows()], batch_first=True)
        for name, value in (
            ("input_ids", lambda row: row.ids),
            ("token_type_ids", lambda row: row.type_ids),
            ("attention_mask", lambda row: [1] * len(row.ids)),
        )
    }


def test_hidden_states_equal_transformers(encoder_folder: Path) -> None:
    from transformers import BertModel

    reference = BertModel.from_pretrained(encoder_folder, local_files_only=True).eval()
    inputs = as_the_library_wants_it()
    with torch.inference_mode():
        expected = reference(**inputs).last_hidden_state[inputs["attention_mask"].bool()]
        found = load_bert(encoder_folder, CPU).hidden(batch())
    assert torch.allclose(found, expected, atol=1e-5, rtol=0)


def test_logits_equal_transformers(cross_encoder_folder: Path) -> None:
    from transformers import BertForSequenceClassification

    reference = BertForSequenceClassification.from_pretrained(
        cross_encoder_folder, local_files_only=True
    ).eval()
    with torch.inference_mode():
        expected = reference(**as_the_library_wants_it()).logits
        found = load_bert(cross_encoder_folder, CPU).logits(batch())
    assert torch.allclose(found, expected[:, 0], atol=1e-5, rtol=0)


@pytest.mark.parametrize("attention", [by_length, padded])
def test_every_way_of_attending_gives_the_same(attention: Attention) -> None:
    given = batch()
    projected = torch.randn(len(given.ids), 3, 4, 8, generator=torch.manual_seed(2))
    found = attention(projected, given)
    start = 0
    for length in given.lengths:
        query, key, value = projected[start : start + length].permute(1, 2, 0, 3)
        shares = torch.softmax(query @ key.transpose(1, 2) * 8**-0.5, dim=-1)
        expected = (shares @ value).transpose(0, 1)
        assert torch.allclose(found[start : start + length], expected, atol=1e-5)
        start += length


def test_batches_lay_rows_end_to_end() -> None:
    found = make_batch(CPU, rows(), [2, 0])  # type: ignore[arg-type]
    assert found.lengths == [20, 7] and found.rows == [2, 0]
    assert found.ids.tolist() == rows()[2].ids + rows()[0].ids
    assert found.types.tolist() == rows()[2].type_ids + rows()[0].type_ids
    assert found.positions.tolist() == [*range(20), *range(7)]
    assert found.owners.tolist() == [0] * 20 + [1] * 7
    assert found.offsets.tolist() == [0, 20, 27]
    assert found.cells.tolist() == [*range(20), *range(20, 27)]
    assert batch().runs == [(1, 7), (1, 15), (1, 20), (1, 15)]


def test_vectors_equal_sentence_transformers(encoder_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    texts = ["def f(x): return x + 1", "sum of two numbers", "a " * 200]
    body = Transformer(str(encoder_folder), max_seq_length=64)
    pooling = Pooling(body.get_embedding_dimension(), "mean")
    reference = SentenceTransformer(modules=[body, pooling], device="cpu")
    expected = reference.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    found = BertEncoder.load(encoder_folder, CPU).encode(texts, role="document")
    assert found == pytest.approx(expected, abs=1e-5)


def test_bf16_stays_close_to_fp32(encoder_folder: Path) -> None:
    with torch.inference_mode():
        exact = load_bert(encoder_folder, CPU).mean_pooled(batch())
        half = load_bert(encoder_folder, Device("cpu", Precision.BF16))
        found = half.mean_pooled(batch())
    assert ((exact * found).sum(1) > 0.999).all()


def test_half_precision_weights_are_read(tmp_path: Path, encoder_folder: Path) -> None:
    folder = make_encoder_folder(tmp_path / "fp16", dtype=torch.float16)
    with torch.inference_mode():
        exact = load_bert(encoder_folder, CPU).mean_pooled(batch())
        found = load_bert(folder, CPU).mean_pooled(batch())
    assert torch.allclose(exact, found, atol=5e-3)


def test_old_layer_norm_names_are_understood(tmp_path: Path, encoder_folder: Path) -> None:
    folder = copied(encoder_folder, tmp_path)
    tensors = load_file(folder / "model.safetensors")
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor
        for name, tensor in tensors.items()
    }
    save_file(renamed, folder / "model.safetensors")
    assert torch.equal(
        load_bert(folder, CPU).hidden(batch()), load_bert(encoder_folder, CPU).hidden(batch())
    )


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "copy"))


def set_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, **values}))


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncated(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def truncated_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\x10\x00")


def tensor_missing(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.weight"]
    save_file(tensors, folder / "model.safetensors")


def broken_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text()[:100])


def larger_vocabulary(folder: Path) -> None:
    from tokenizers import Tokenizer

    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.add_tokens([f"new{number}" for number in range(10)])
    tokenizer.save(path)


DAMAGE = {
    "pickled weights": only_pickle,
    "damaged or incomplete": truncated,
    "is damaged": truncated_header,
    "output.dense.weight should be": tensor_missing,
    "model.safetensors is missing": lambda folder: (folder / "model.safetensors").unlink(),
    "tokenizer.json is missing": lambda folder: (folder / "tokenizer.json").unlink(),
    "tokenizer.json is damaged": broken_tokenizer,
    "do not belong together": larger_vocabulary,
    "config.json is missing": lambda folder: (folder / "config.json").unlink(),
    "config.json cannot be read": lambda folder: (folder / "config.json").write_text("{"),
    "not a JSON object": lambda folder: (folder / "config.json").write_text("[]"),
    "of type 'roberta'": lambda folder: set_config(folder, model_type="roberta"),
    "relative positions": lambda folder: set_config(folder, position_embedding_type="relative_key"),
    "activation 'mish'": lambda folder: set_config(folder, hidden_act="mish"),
    "impossible values": lambda folder: set_config(folder, num_attention_heads=5),
    "has impossible values": lambda folder: set_config(folder, hidden_act=["gelu"]),
    "json has impossible values": lambda folder: set_config(folder, layer_norm_eps="small"),
    "word_embeddings.weight should be": lambda folder: set_config(folder, vocab_size=10_000),
}


@pytest.mark.parametrize("words", DAMAGE)
def test_a_folder_that_cannot_be_used_says_why_in_one_line(
    words: str, tmp_path: Path, encoder_folder: Path
) -> None:
    folder = copied(encoder_folder, tmp_path)
    DAMAGE[words](folder)
    with pytest.raises(ModelError) as caught:
        BertEncoder.load(folder, CPU)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message


def test_missing_value_in_config_is_named(tmp_path: Path, encoder_folder: Path) -> None:
    folder = copied(encoder_folder, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    del config["hidden_size"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="'hidden_size'"):
        load_bert(folder, CPU)


def test_an_encoder_is_no_cross_encoder(encoder_folder: Path) -> None:
    with pytest.raises(ModelError, match="no classification head"):
        BertCrossEncoder.load(encoder_folder, CPU)


def test_tokenizer_cuts_at_the_limit_and_does_not_pad(encoder_folder: Path) -> None:
    config = load_bert(encoder_folder, CPU).config
    tokenizer = read_tokenizer(encoder_folder, config, 10)
    assert len(tokenizer.encode("a b c").ids) == 5
    assert len(tokenizer.encode("a " * 100).ids) == 10
