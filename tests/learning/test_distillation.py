"""The encoder learns the cross-encoder's scores."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.utils import logging as transformers_logging

from engine.errors import DataError
from engine.learning.distillation import KL, MARGIN_MSE, Lesson, Teacher, listwise_kl, margin_mse
from engine.learning.groups import write_groups
from engine.learning.sampling import Batch
from engine.learning.train import main
from tests.learning.small import make_groups, make_model, make_teacher

RECIPE = """
kind = "encoder"
[run]
seed = 1
steps = 4
batch = 8
hard = 2
hard_share = 1.0
max_tokens = 32
learning_rate = 1e-3
warmup = 1
{distil}
[start]
[mining]
docstrings = 80
[weights]
docstrings = 1.0
"""

scores = st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=4).map(
    torch.tensor
)


@given(scores, st.floats(-3, 3))
def test_scores_that_differ_by_a_constant_are_the_same_lesson(values, shift):
    for loss in (margin_mse, listwise_kl):
        assert loss(values, values + shift).item() == pytest.approx(0, abs=1e-4)


@given(scores)
def test_an_order_the_other_way_round_costs(values):
    if (values.max(1).values - values.min(1).values < 0.5).all():
        return
    for loss in (margin_mse, listwise_kl):
        assert loss(-values, values).item() > loss(values, values).item()


@pytest.mark.parametrize("kind", [MARGIN_MSE, KL])
def test_vectors_move_to_the_teachers_order(kind):
    torch.manual_seed(0)
    raw = torch.randn(2 + 2 + 4, 8, requires_grad=True)
    taught = torch.tensor([[0.0, 3.0, -3.0], [4.0, 0.0, 2.0]])
    lesson = Lesson(taught, kind, weight=1.0, temperature=1.0)
    optimiser = torch.optim.Adam([raw], lr=0.05)
    for _ in range(200):
        vectors = torch.nn.functional.normalize(raw, dim=1)
        loss = lesson.loss(vectors[:2], vectors[2:], temperature=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    left, right = vectors[:2].detach(), vectors[2:].detach()
    for row in range(2):
        rows = torch.stack([right[row], *right[2 + 2 * row : 4 + 2 * row]])
        assert (rows @ left[row]).argsort().tolist() == taught[row].argsort().tolist()


@pytest.fixture
def place(tmp_path):
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()  # its monitor is a thread
    make_model(tmp_path / "start")
    make_teacher(tmp_path / "start", tmp_path / "teacher")
    write_groups(tmp_path / "groups.jsonl", make_groups())
    return tmp_path


def train(place, distil, *more):
    (place / "recipe.toml").write_text(RECIPE.format(distil=distil))
    groups = str(place / "groups.jsonl")
    arguments = [str(place / "recipe.toml"), "--run", str(place / "run"), "--groups", groups]
    return main([*arguments, "--start", str(place / "start"), "--threads", "1", *more])


def test_the_teacher_reads_each_query_with_its_own_texts(place):
    teacher = Teacher(place / "teacher", {"distil": KL})
    batch = Batch("t", ["sort list", "merge tree"], ["sort x", "merge y"], ["", ""], ["", ""])
    lesson = teacher.read(batch, ["split", "read", "write file", "count"])
    again = teacher.read(
        Batch("t", ["merge tree"], ["merge y"], [""], [""]),
        ["write file", "count"],
    )
    torch.testing.assert_close(lesson.scores[1:], again.scores, atol=0.02, rtol=0.05)
    assert teacher.read(batch, []) is None


def test_a_recipe_distils(place):
    assert train(place, 'distil = "kl"', "--teacher", str(place / "teacher")) == 0
    lines = (place / "run/curve.jsonl").read_text().splitlines()
    assert all(json.loads(line)["distil_loss"] >= 0 for line in lines)
    assert len(json.loads((place / "run/run.json").read_text())["teacher_sha256"]) == 64


@pytest.mark.parametrize(
    ("distil", "message"),
    [
        ('distil = "kl"', "give its folder with --teacher"),
        ('distil = "cosine"', "distil is one of margin-mse, kl, not 'cosine'"),
    ],
)
def test_a_recipe_that_cannot_distil_is_one_line(place, capsys, distil, message):
    more = [] if "kl" in distil else ["--teacher", str(place / "teacher")]
    assert train(place, distil, *more) == 1
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_teacher_without_a_head_is_refused(place, capsys):
    assert train(place, 'distil = "kl"', "--teacher", str(place / "start")) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "lacks the weights classifier.bias" in said and "give a whole model" in said


def test_distillation_needs_hard_negatives(place, capsys):
    text = RECIPE.format(distil='distil = "kl"').replace("hard = 2", "")
    (place / "recipe.toml").write_text(text)
    arguments = ["--run", str(place / "run"), "--groups", str(place / "groups.jsonl")]
    start = ["--start", str(place / "start"), "--teacher", str(place / "teacher")]
    assert main([str(place / "recipe.toml"), *arguments, *start]) == 1
    assert "give [run] hard" in capsys.readouterr().err
    with pytest.raises(DataError):
        Teacher(place / "teacher", {"distil": "l2"})
