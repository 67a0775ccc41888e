import json
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertForSequenceClassification

from engine.errors import DataError, ModelError
from engine.learning.augment import Chances
from engine.learning.contrastive import info_nce, near_copies
from engine.learning.train import main
from tests.learning.small import make_groups, make_roberta

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

SHARED = (
    ENCODER.replace('kind = "encoder"', 'kind = "shared"')
    + """
[mining]
docstrings = 100
[slow]
batch = 6
negatives = 2
max_tokens = 48
"""
)


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


def test_a_start_with_a_vocabulary_alone_is_exported_with_a_whole_tokenizer(place):
    start = place / "start"
    vocabulary = AutoTokenizer.from_pretrained(start).get_vocab()
    for file in start.glob("tokenizer*"):
        file.unlink()
    words = sorted(vocabulary, key=vocabulary.__getitem__)
    (start / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
    assert train(place, "run", ENCODER.format(steps=1)) == 0
    before, after = (AutoTokenizer.from_pretrained(at) for at in (start, place / "run/model"))
    text = "sort the list of graph_nodes"
    assert after(text)["input_ids"] == before(text)["input_ids"]
    assert len(set(after(text)["input_ids"])) > 4


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


def test_another_encoder_than_the_start_can_mine(place):
    assert train(place, "encoder", ENCODER.format(steps=20)) == 0
    assert train(place, "first", CROSS_ENCODER, "encoder/model") == 0
    miner = ["--miner", str(place / "encoder/model")]
    assert train(place, "second", CROSS_ENCODER, "first/model", *miner) == 0
    first, second = ((place / run / "examples.jsonl").read_text() for run in ("first", "second"))
    assert first == second
    assert curve(place, "second")[0]["loss"] < curve(place, "first")[0]["loss"]
    assert len(json.loads((place / "second/run.json").read_text())["miner_sha256"]) == 64


def tiny_set(folder, judged="q\td2\t1", query="q"):
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{n}", "title": "", "text": f"def f(x): return {n}"} for n in range(4)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": query, "text": "sort list"}) + "\n")
    (folder / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}\n")
    return folder


def test_the_development_sets_are_measured_at_the_ends_and_in_the_middle(place):
    folder = tiny_set(place / "tiny")
    train(place, "run", ENCODER.format(steps=4), "start", "--dev", str(folder))
    measured = [record for record in curve(place, "run") if "evaluation" in record]
    assert [record["step"] for record in measured] == [0, 2, 4]
    assert all(0 <= record["evaluation"]["tiny"] <= 1 for record in measured)


def test_an_id_with_another_line_separator_is_one_id(place):
    from engine.learning.development import read_development_set

    data = read_development_set(tiny_set(place / "tiny", "q\u2028\td2\t1", "q\u2028"))
    assert (data.queries, len(data.relevant)) == (["sort list"], 1)


def test_development_sets_that_cannot_be_told_apart_or_judge_nothing_are_one_line(place, capsys):
    here, there = tiny_set(place / "a/tiny"), tiny_set(place / "b/tiny")
    text = ENCODER.format(steps=1)
    assert train(place, "run", text, "start", "--dev", str(here), str(there)) == 1
    said = capsys.readouterr().err
    assert "--dev has two folders named tiny" in said and said.count("\n") == 1
    empty = tiny_set(place / "empty", "q\telsewhere\t1")
    assert train(place, "run", text, "start", "--dev", str(empty)) == 1
    said = capsys.readouterr().err
    assert "judge no query" in said and said.count("\n") == 1


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


@pytest.mark.parametrize("loss", ["pointwise", "listwise", "both"])
def test_two_workers_compute_the_gradients_of_one(place, loss):
    from engine.learning.augment import Chances
    from engine.learning.cross_encoder_training import CrossEncoderTraining
    from engine.learning.negatives import RankedExample

    groups = make_groups()
    examples = [
        RankedExample("pairs", group.texts[0], group.texts[1], (groups[n - 1].texts[1],))
        for n, group in enumerate(groups[:40])
    ]
    options = {"seed": 1, "batch": 6, "negatives": 2, "max_tokens": 48, "loss": loss}
    gradients = []
    before = torch.get_num_threads()
    for workers in (1, 2):
        torch.set_num_threads(workers)
        torch.manual_seed(0)
        training = CrossEncoderTraining(
            place / "start", examples, {}, {"pairs": 1.0}, Chances(), options
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


def gradients_of(training, step=3):
    training.backward(step)
    return {name: weight.grad.clone() for name, weight in training.model.named_parameters()}


def encoder_training(place, hard=None, **options):
    from engine.learning.encoder_training import EncoderTraining
    from engine.learning.sampling import Sampler

    torch.manual_seed(0)
    sampler = Sampler(make_groups(), {"docstrings": 1.0}, seed=1)
    run = {"batch": 16, "max_tokens": 32, **options}
    return EncoderTraining(place / "start", sampler, run, hard)


def ranked_examples(count=60, negatives=3):
    from engine.learning.negatives import RankedExample

    groups = [group for group in make_groups() if group.task == "docstrings"]
    return [
        RankedExample(
            "docstrings",
            group.texts[0],
            group.texts[1],
            tuple(groups[n + k].texts[1] for k in range(1, negatives + 1)),
        )
        for n, group in enumerate(groups[:count])
    ]


def test_cached_gradients_are_those_of_the_whole_batch(place):
    whole = gradients_of(encoder_training(place))
    cached = gradients_of(encoder_training(place, most_rows=3))
    flat = [torch.cat([part.flatten() for part in one.values()]) for one in (whole, cached)]
    # Not closer: in bfloat16 the same text differs in its last bits with the padding around it.
    assert torch.cosine_similarity(*flat, dim=0) > 0.995
    assert flat[1].norm().item() == pytest.approx(flat[0].norm().item(), rel=0.02)


def test_hard_negatives_are_columns_that_a_row_must_beat(place):
    from engine.learning.augment import Chances
    from engine.learning.encoder_training import HardSampler

    hard = HardSampler(
        ranked_examples(), each=2, weights={"docstrings": 1.0}, chances=Chances(), seed=1
    )
    training = encoder_training(place, hard, hard_share=1.0)
    _, figures = training.backward(5)
    assert figures["hard"] == 2 * 16
    drawn = hard.batch(5, 16)
    assert len(drawn.negatives) == 2 * len(drawn.batch.lefts)
    assert not set(drawn.originals[:2]) & {drawn.batch.right_originals[0]}
    left = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0]]), dim=1)
    far, near = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    none = torch.zeros(1, 2, dtype=torch.bool)
    losses = [
        info_nce(left, torch.cat([left, other]), none, 0.05, symmetric=False)
        for other in (far, near)
    ]
    assert losses[0] < 1e-3 < 0.5 < losses[1]


def test_rows_that_ask_the_same_are_not_each_others_negatives(place):
    from engine.learning.encoder_training import EncoderTraining
    from engine.learning.groups import Group, Text
    from engine.learning.sampling import Sampler

    codes = ("def sort(x): return y", "self.list = merge.tree(x)")
    losses = []
    for asked in (("sort the list", "sort the list"), ("sort the list", "merge a tree")):
        groups = [
            Group("docstrings", "made", (Text(words), Text(code, "Python")))
            for words, code in zip(asked, codes, strict=True)
        ]
        torch.manual_seed(0)
        sampler = Sampler(groups, {"docstrings": 1.0}, seed=1, chances=Chances(question=0))
        run = {"batch": 2, "max_tokens": 32}
        losses.append(EncoderTraining(place / "start", sampler, run).backward(0)[0])
    assert losses[0] < 1e-6 < losses[1]


def test_without_examples_there_is_nothing_to_draw():
    from engine.learning.augment import Chances
    from engine.learning.encoder_training import HardSampler

    with pytest.raises(DataError, match="mine them again"):
        HardSampler(
            ranked_examples(negatives=1),
            each=2,
            weights={"docstrings": 1.0},
            chances=Chances(),
            seed=1,
        )


def test_the_first_numbers_of_a_vector_learn_to_rank_alone(place):
    from engine.learning.encoder_training import cut

    whole = gradients_of(encoder_training(place))
    nested = gradients_of(encoder_training(place, dimensions=[8, 32]))
    assert any(not torch.allclose(whole[name], nested[name]) for name in whole)
    assert cut(torch.ones(2, 32), 8).norm(dim=1).tolist() == pytest.approx([1.0, 1.0])


def test_both_stages_learn_on_one_backbone(place):
    train(place, "encoder", ENCODER.format(steps=20))  # an untrained one tells no texts apart
    text = SHARED.format(steps=30).replace("learning_rate = 5e-3", "learning_rate = 3e-3")
    assert train(place, "shared", text, "encoder/model") == 0
    records = curve(place, "shared")
    for stage in ("fast_loss", "slow_loss"):
        losses = [record[stage] for record in records]
        assert sum(losses[-5:]) < 0.95 * sum(losses[:5]), stage


def test_a_shared_model_serves_both_stages(place):
    from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder

    train(place, "encoder", ENCODER.format(steps=20))
    train(place, "shared", SHARED.format(steps=2), "encoder/model")
    folder = str(place / "shared/model")
    encoder = load_encoder(ModelChoice("encoder", folder))
    cross_encoder = load_cross_encoder(ModelChoice("cross-encoder", folder))
    assert encoder.encode(["sort the list"], role="query").shape == (1, 32)
    assert cross_encoder.score("sort the list", ["def sort_list(x)", "def f(y)"]).shape == (2,)
    train(place, "cross", CROSS_ENCODER, "shared/model")  # what comes of it is one of the two
    with pytest.raises(ModelError, match="use it as the cross-encoder"):
        load_encoder(ModelChoice("encoder", str(place / "cross/model")))


def test_a_shared_recipe_needs_both_tables(place, capsys):
    assert train(place, "run", SHARED.format(steps=1).replace("negatives = 2", "")) == 1
    assert "[slow] needs negatives" in capsys.readouterr().err


def test_training_only_the_summed_loss_moves_both(place):
    from engine.learning.augment import Chances
    from engine.learning.cross_encoder_training import CrossEncoderTraining
    from engine.learning.shared_training import SharedTraining

    options = {"seed": 1, "batch": 4, "negatives": 2, "max_tokens": 48}
    torch.manual_seed(0)
    slow = CrossEncoderTraining(
        place / "start", ranked_examples(), {}, {"docstrings": 1.0}, Chances(), options
    )
    slow_alone = gradients_of(slow)
    from engine.learning.encoder_training import EncoderTraining
    from engine.learning.sampling import Sampler

    sampler = Sampler(make_groups(), {"docstrings": 1.0}, seed=1)
    fast = EncoderTraining(
        place / "start",
        sampler,
        {"batch": 8, "max_tokens": 32},
        backbone=slow.model.base_model,
    )
    fast_alone = gradients_of(fast)
    both = gradients_of(SharedTraining(place / "start", fast, slow, fast_share=0.25))
    name = "encoder.layer.0.output.dense.weight"
    expected = 0.25 * fast_alone[name] + 0.75 * slow_alone[f"bert.{name}"]
    torch.testing.assert_close(both[f"bert.{name}"], expected, rtol=0.02, atol=1e-4)
    head = 0.75 * slow_alone["classifier.weight"]
    torch.testing.assert_close(both["classifier.weight"], head, rtol=0.02, atol=1e-4)


def test_the_command_line_trains(place, capsys):
    from engine.cli import main as counterpart

    recipe = place / "recipe.toml"
    recipe.write_text(ENCODER.format(steps=3))
    arguments = ["--run", str(place / "run"), "--groups", str(place / "groups.jsonl")]
    arguments += ["--start", str(place / "start"), "--json", "--basedir", str(place / "base")]
    assert counterpart(["train", str(recipe), *arguments]) == 0
    said = capsys.readouterr()
    outcome = json.loads(said.out)
    assert (outcome["step"], outcome["finished"]) == (3, True)
    assert (place / "run/model/model.safetensors").exists()
    assert counterpart(["train", "no-such-recipe", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "one of classifier, codenn, cross-encoder, encoder" in said.err


def test_a_tracker_gets_the_curve(place):
    pytest.importorskip("tensorboard")
    train(place, "run", ENCODER.format(steps=2), "start", "--track", "tensorboard")
    assert list((place / "run/tensorboard").glob("events*"))


def test_a_tracker_that_is_not_installed_is_one_line(place, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert train(place, "run", ENCODER.format(steps=2), "start", "--track", "wandb") == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "wandb is not installed; run: pip install wandb"
    )


def test_another_architecture_can_be_trained_as_either_stage(place):
    from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder

    make_roberta(place / "roberta")
    assert train(place, "encoder", ENCODER.format(steps=20), "roberta") == 0
    assert train(place, "cross", CROSS_ENCODER, "encoder/model") == 0
    encoder = load_encoder(ModelChoice("encoder", str(place / "encoder/model")))
    assert encoder.encode(["sort the list"], role="query").shape == (1, 32)
    cross_encoder = load_cross_encoder(ModelChoice("cross-encoder", str(place / "cross/model")))
    assert cross_encoder.score("sort the list", ["def f(x)", "def g(y)"]).shape == (2,)


def test_a_start_that_lacks_a_layer_is_one_line(place, capsys):
    weights = load_file(place / "start/model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.0" not in name}
    save_file(kept, place / "start/model.safetensors", {"format": "pt"})
    for recipe in (ENCODER.format(steps=1), CROSS_ENCODER):
        assert train(place, "run", recipe) == 1
        assert "lacks the weights" in capsys.readouterr().err.splitlines()[-1]


def test_a_start_that_is_no_model_is_one_line(place, capsys):
    (place / "empty").mkdir()
    assert train(place, "run", ENCODER.format(steps=1), "empty") == 1
    assert "holds no model.safetensors" in capsys.readouterr().err
    (place / "empty/model.safetensors").write_bytes(b"nonsense")
    assert train(place, "run", ENCODER.format(steps=1), "empty") == 1
    said = capsys.readouterr().err
    assert "is no Hugging Face model folder" in said and said.count("\n") == 1
