import json

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer, BertForSequenceClassification
from transformers.utils import logging as transformers_logging

from engine.errors import DataError
from engine.learning.contrastive import info_nce, near_copies
from engine.learning.groups import write_groups
from engine.learning.train import main
from tests.learning.small import make_groups, make_model

ENCODER = """
kind = "encoder"
[run]
seed = 1
steps = {steps}
batch = 16
max_tokens = 32
learning_rate = 5e-3
warmup = 2
checkpoint_every = 4
[start]
[weights]
docstrings = 1.0
[chances]
neutral = 0.5
hide_name = 0.0
question = 0.0
"""
CROSS_ENCODER = """
kind = "cross-encoder"
[run]
seed = 1
steps = 30
batch = 8
negatives = 3
max_tokens = 48
learning_rate = 3e-3
warmup = 2
[start]
[mining]
docstrings = 100
[weights]
docstrings = 1.0
"""


@pytest.fixture
def place(tmp_path):
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()  # its monitor is a thread
    make_model(tmp_path / "start")
    write_groups(tmp_path / "groups.jsonl", make_groups())
    return tmp_path


def train(place, run, text, start="start", *more):
    recipe = place / "recipe.toml"
    recipe.write_text(text)
    groups = str(place / "groups.jsonl")
    arguments = [str(recipe), "--run", str(place / run), "--groups", groups]
    return main([*arguments, "--start", str(place / start), "--threads", "1", *more])


def curve(place, run):
    lines = (place / run / "curve.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_the_encoder_learns(place):
    assert train(place, "run", ENCODER.format(steps=40)) == 0
    losses = [record["loss"] for record in curve(place, "run")]
    assert len(losses) == 40
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def test_a_resumed_run_has_the_same_curve(place, monkeypatch):
    text = ENCODER.format(steps=10)
    assert train(place, "whole", text) == 0
    from engine.learning.encoder_training import EncoderTraining

    original = EncoderTraining.backward

    def interrupted(self, step):
        if step == 6:
            raise KeyboardInterrupt
        return original(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(EncoderTraining, "backward", interrupted)
        assert train(place, "halved", text) == 130
    assert (place / "halved/model/model.safetensors").exists()
    assert train(place, "halved", text) == 0
    whole = [record["loss"] for record in curve(place, "whole")]
    halved = [record["loss"] for record in curve(place, "halved")]
    assert whole == halved
    first = load_file(place / "whole/model/model.safetensors")
    second = load_file(place / "halved/model/model.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_exported_encoder_loads_elsewhere(place):
    train(place, "run", ENCODER.format(steps=2))
    folder = place / "run/model"
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    tokens = AutoTokenizer.from_pretrained(folder)("sort the list", return_tensors="pt")
    assert model(**tokens).last_hidden_state.shape[-1] == 32
    assert all(
        value.dtype == torch.float16 for value in load_file(folder / "model.safetensors").values()
    )
    assert (folder / "model.safetensors").stat().st_mode & 0o044 == 0o044
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    assert tokenizer["truncation"] is None
    assert tokenizer["padding"] is None
    modules = json.loads((folder / "modules.json").read_text())
    assert [module["type"].rpartition(".")[2] for module in modules] == [
        "Transformer",
        "Pooling",
        "Normalize",
    ]


def test_the_cross_encoder_learns_from_the_encoders_own_negatives(place):
    train(place, "encoder", ENCODER.format(steps=20))
    assert train(place, "cross", CROSS_ENCODER, "encoder/model") == 0
    losses = [record["loss"] for record in curve(place, "cross")]
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])
    examples = [
        json.loads(line) for line in (place / "cross/examples.jsonl").read_text().splitlines()
    ]
    assert len(examples) == 100
    assert all(row["texts"][1] not in row["texts"][2:] for row in examples)
    model = BertForSequenceClassification.from_pretrained(place / "cross/model")
    assert model.config.num_labels == 1
    assert set(load_file(place / "cross/model/model.safetensors")) == set(model.state_dict())


def test_the_development_sets_are_measured_at_the_ends_and_in_the_middle(place):
    folder = place / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": "", "text": f"def f(x): return {n}"} for n in range(4)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "sort list"}) + "\n")
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td2\t1\n")
    train(place, "run", ENCODER.format(steps=4), "start", "--dev", str(folder))
    measured = [record for record in curve(place, "run") if "evaluation" in record]
    assert [record["step"] for record in measured] == [0, 2, 4]
    assert all(0 <= record["evaluation"]["tiny"] <= 1 for record in measured)


def test_copies_among_the_negatives_do_not_count():
    assert near_copies(["sort the list", "sort the list", "read a file"]).tolist() == [
        [False, True, False],
        [True, False, False],
        [False, False, False],
    ]
    vectors = torch.nn.functional.normalize(torch.eye(3)[[0, 0, 1]], dim=1)
    masked = info_nce(vectors, vectors, near_copies(["a b", "a b", "c d"]), 0.05)
    assert masked.item() < 1e-3
    assert info_nce(vectors, vectors, torch.zeros(3, 3, dtype=torch.bool), 0.05).item() > 0.4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind = 'ranker'", "is not a training recipe|kind is encoder"),
        (ENCODER.format(steps=1).replace("seed = 1", ""), r"\[run\] needs seed"),
        (ENCODER.format(steps=1) + "flavour = 1", "has no flavour"),
        (
            ENCODER.format(steps=1).replace("docstrings = 1.0", "poems = 1.0"),
            "no training data for poems",
        ),
    ],
)
def test_a_wrong_recipe_is_one_line(place, capsys, text, message):
    assert train(place, "run", text) == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    with pytest.raises(DataError, match=message):
        raise DataError(line)


def test_two_workers_compute_the_gradients_of_one(place):
    from engine.learning.augment import Chances
    from engine.learning.cross_encoder_training import CrossEncoderTraining
    from engine.learning.negatives import RankedExample

    groups = make_groups()
    examples = [
        RankedExample("pairs", group.texts[0], group.texts[1], (groups[n - 1].texts[1],))
        for n, group in enumerate(groups[:40])
    ]
    options = {"seed": 1, "batch": 6, "negatives": 2, "max_tokens": 48}
    gradients = []
    before = torch.get_num_threads()
    for workers in (1, 2):
        torch.set_num_threads(workers)
        torch.manual_seed(0)
        training = CrossEncoderTraining(
            place / "start", examples, [], {"pairs": 1.0}, Chances(), options
        )
        training.backward(3)
        gradients.append([weight.grad for weight in training.model.parameters()])
        assert torch.get_num_threads() == workers
    torch.set_num_threads(before)
    for one, two in zip(*gradients, strict=True):
        torch.testing.assert_close(one, two, rtol=0.05, atol=2e-3)


def test_one_encoder_can_be_measured_alone(place, capsys):
    from engine.learning import development

    folder = place / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": verb, "title": "", "text": f"{verb} x"} for verb in ("sort", "merge", "split")]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "merge x"}) + "\n")
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tmerge\t1\n")
    assert development.main([str(place / "start"), str(folder)]) == 0
    assert json.loads(capsys.readouterr().out) == {"set": "tiny", "queries": 1, "ndcg@10": 1.0}
    assert development.main([str(place / "start"), str(place / "nowhere")]) == 1
