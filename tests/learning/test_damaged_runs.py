"""Run folders that are another run's, damaged, or cannot be written: one line, nothing changed."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.cli import main
from engine.learning.run_folder import held

RECIPE = """
kind = "{kind}"
[run]
seed = 1
steps = {steps}
batch = 8
negatives = 2
max_tokens = 32
learning_rate = 5e-3
warmup = 2
[start]
[mining]
docstrings = 50
[weights]
docstrings = 1.0
"""


def train(place, kind="encoder", steps=2, *more):
    (place / "recipe.toml").write_text(RECIPE.format(kind=kind, steps=steps))
    arguments = ["train", place / "recipe.toml", "--run", place / "run", "--threads", 1, *more]
    arguments += ["--groups", place / "groups.jsonl", "--start", place / "start"]
    return main([*map(str, arguments)])


def refused(place, capsys, *arguments):
    """The one line that a training ends with."""
    capsys.readouterr()
    assert train(place, *arguments) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "nothing reads" not in line]
    return [line for line in lines if "began with another" not in line].pop()


def contents(run):
    return {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}


@pytest.fixture
def begun(place, capsys):
    assert train(place) == 0
    return place / "run"


def rewrite(run, position=None, without=()):
    """The checkpoint with another position, or without some tensors."""
    path = run / "checkpoint.safetensors"
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys() if name not in without}  # noqa: SIM118
        metadata = file.metadata()
    if position is not None:
        metadata["position"] = position
    save_file(tensors, path, metadata=metadata)
    return tensors


def test_a_run_of_another_kind_is_refused_before_anything_changes(place, begun, capsys):
    before = contents(begun)
    said = refused(place, capsys, "classifier")
    assert "is a run of kind encoder, the recipe is of kind classifier" in said
    assert contents(begun) == before


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_whose_checkpoint_does_not_fit_keeps_its_record(place, begun, capsys, recorded):
    if not recorded:
        (begun / "run.json").unlink()
    rewrite(begun, without={"model.embeddings.word_embeddings.weight"})
    before = contents(begun)
    assert "does not fit this recipe" in refused(place, capsys, "encoder", 3)
    assert contents(begun) == before


@pytest.mark.parametrize(
    "position",
    ['{"seconds": 1.0}', '"x"', "[1, 2]", '{"step": -1, "seconds": 1}', '{"step": 1}', "{"],
)
def test_a_checkpoint_without_a_position_is_one_line(place, begun, capsys, position):
    rewrite(begun, position)
    assert "checkpoint.safetensors is damaged" in refused(place, capsys, "encoder", 3)


@pytest.mark.parametrize("moment", ["exp_avg", "exp_avg_sq", "step"])
def test_a_checkpoint_that_lacks_a_moment_is_one_line(place, begun, capsys, moment):
    name = "embeddings.word_embeddings.weight"
    rewrite(begun, without={f"{moment}.{name}"})
    assert f"of {name} it has only" in refused(place, capsys, "encoder", 3)


def test_a_checkpoint_of_another_shape_is_not_spread_over_the_model(place, begun, capsys):
    name = "model.embeddings.LayerNorm.bias"
    tensors = rewrite(begun)
    position = {"position": json.dumps({"step": 2, "seconds": 1.0})}
    tensors[name] = torch.zeros(1)
    save_file(tensors, begun / "checkpoint.safetensors", metadata=position)
    assert "is (1,), not (32,)" in refused(place, capsys, "encoder", 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("curve.jsonl", b'{"step": 1, "loss": "\xff"}\n', "curve.jsonl is not UTF-8"),
        ("curve.jsonl", b'[1]\n{"step": 2}\n', "curve.jsonl, line 1: no record of a step"),
        ("curve.jsonl", b'{"step": 1}\n{"loss": 2}\n', "line 2: no record of a step"),
        ("curve.jsonl", b'{"step": 1}\n{"st\n{"step": 2}\n', "line 2: no record of a step"),
        ("run.json", b'{"resumed": 5}', "run.json is damaged"),
        ("run.json", b"[]", "run.json is damaged"),
        ("run.json", b"[" * 100_000, "run.json is damaged"),
        ("run.json", b"\xff", "run.json is damaged"),
    ],
)
def test_a_damaged_record_is_one_line(place, begun, capsys, name, content, message):
    (begun / name).write_bytes(content)
    assert message in refused(place, capsys, "encoder", 3)
    assert (begun / name).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\n", "examples.jsonl (not UTF-8)"),
        (b'{"task": "docstrings", "texts": [["a", ""], ["b", null]]}\n', "line 1: not a ranked"),
        (b'{"task": 5, "texts": [["a", ""], ["b", ""]]}\n', "line 1: not a ranked"),
    ],
)
def test_damaged_examples_are_one_line(place, capsys, content, message):
    (place / "run").mkdir()
    (place / "run/examples.jsonl").write_bytes(content)
    assert message in refused(place, capsys, "cross-encoder")


@pytest.mark.parametrize("name", ["curve.jsonl", "checkpoint.safetensors", "run.json"])
def test_a_folder_in_the_place_of_a_file_is_one_line(place, capsys, name):
    (place / "run" / name).mkdir(parents=True)
    assert f"{name} is a folder; move it away" in refused(place, capsys)


def test_a_file_in_the_place_of_the_model_is_told_before_the_training(place, capsys):
    (place / "run").mkdir()
    (place / "run/model").write_text("")
    assert "model is a file; move it away" in refused(place, capsys)
    assert not (place / "run/curve.jsonl").exists()


@pytest.mark.parametrize(
    "name", ["checkpoint.safetensors.partial", "run.json.partial", "model/config.json"]
)
def test_what_the_disk_refuses_is_one_line(place, capsys, name):
    (place / "run" / name / "in the way").mkdir(parents=True)
    said = refused(place, capsys)
    assert "cannot read or write" in said and "make room or see to its permissions" in said


def test_two_trainings_do_not_share_a_folder(place, begun, capsys):
    before = contents(begun)
    with held(begun):
        assert "another training is at work in" in refused(place, capsys, "encoder", 3)
    assert contents(begun) == before
    assert train(place, "encoder", 3) == 0
