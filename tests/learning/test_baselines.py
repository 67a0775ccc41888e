"""CODEnn, the pair classifier, and the experiment that compares them."""

import json
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.utils import logging as transformers_logging

from engine.errors import DataError, ModelError
from engine.learning import baselines
from engine.learning.codenn import (
    MARGIN,
    PADDING,
    CodeNN,
    Limits,
    hinge,
    make_vocabulary,
    parts_of,
    words_of,
)
from engine.learning.codenn_training import CodeNNTraining, load_codenn, vectors
from engine.learning.groups import Group, Text, write_groups
from engine.learning.trials import make_trials, success
from tests.learning.small import make_groups, make_model

CODENN = """
kind = "codenn"
[run]
seed = 1
steps = {steps}
batch = 16
learning_rate = 1e-2
warmup = 2
width = 16
hidden = 16
[weights]
docstrings = 1.0
"""
CLASSIFIER = """
kind = "classifier"
[run]
seed = 1
steps = {steps}
batch = 8
negatives = 1
max_tokens = 48
learning_rate = 3e-3
warmup = 2
[start]
[weights]
docstrings = 1.0
"""


@pytest.fixture
def place(tmp_path):
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()  # its monitor is a thread
    make_model(tmp_path / "start")
    (tmp_path / "prepared").mkdir()
    groups = make_groups()
    write_groups(tmp_path / "prepared/groups.jsonl", groups[60:])
    write_groups(tmp_path / "prepared/groups.test.jsonl", groups[:60])
    (tmp_path / "codenn.toml").write_text(CODENN.format(steps=30))
    (tmp_path / "classifier.toml").write_text(CLASSIFIER.format(steps=10))
    return tmp_path


def test_a_code_is_its_name_its_calls_and_its_tokens():
    code = "def readCsv_file(path):\n    table = pd.read_csv(open(path))\n    return len(table)"
    parts = parts_of(code, Limits())
    assert parts.name == ["read", "csv", "file"]
    assert parts.calls == ["read_csv", "open", "len"]
    assert parts.tokens[:4] == ["def", "read", "csv", "file"]
    assert len(parts.tokens) == len(set(parts.tokens))
    assert parts_of("if (x) while(y) {}", Limits()).calls == []
    assert words_of("Read the DataFrame.", Limits()) == ["read", "the", "data", "frame"]


def test_the_most_frequent_words_are_numbered():
    assert make_vocabulary([["b", "a"], ["b"], ["c", "a"]], 2) == {"a": 2, "b": 3}


def test_what_stands_beside_a_text_in_a_batch_does_not_change_its_vector():
    torch.manual_seed(0)
    words = {word: number for number, word in enumerate(("sort", "list", "x", "def"), 2)}
    network = CodeNN(dict.fromkeys(("name", "calls", "tokens", "words"), words), 8, 8).eval()
    codes = ["def sort(x): return x", "def sort_list_x(list): sort(list(x(sort(x))))", "", "1"]
    together = vectors(network, codes, of_code=True)
    alone = torch.cat([vectors(network, [code], of_code=True) for code in codes])
    torch.testing.assert_close(together, alone)
    assert together.isfinite().all() and together.norm(dim=1).tolist() == pytest.approx([1] * 4)
    assert PADDING not in words.values()


def test_the_hinge_is_zero_where_the_right_code_is_nearer_by_the_margin():
    eye = torch.eye(3)
    none = torch.zeros(3, 3, dtype=torch.bool)
    assert hinge(eye, eye, none, 1).item() == 0
    assert hinge(eye[[0, 0, 0]], eye[[0, 0, 0]], none, 1).item() == pytest.approx(MARGIN)
    assert hinge(eye.roll(1, 0), eye, none, 1).item() == pytest.approx(1 + MARGIN)
    assert hinge(eye.roll(1, 0), eye, ~none, 1).item() == 0  # copies do not count


def test_codenn_learns_and_reads_back_what_it_wrote(tmp_path):
    torch.manual_seed(0)
    options = {"seed": 1, "batch": 16, "width": 16, "hidden": 16}
    training = CodeNNTraining(make_groups(), {"docstrings": 1.0}, options)
    optimiser = torch.optim.Adam(training.model.parameters(), lr=1e-2)
    losses = []
    for step in range(40):
        optimiser.zero_grad()
        losses.append(training.backward(step)[0])
        optimiser.step()
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    training.export(tmp_path / "model")
    network = load_codenn(tmp_path / "model")
    texts = ["sort the list", "merge the tree"]
    written = vectors(training.network.eval(), texts, of_code=False)
    torch.testing.assert_close(vectors(network, texts, of_code=False), written)
    (tmp_path / "model/model.safetensors").write_bytes(b"short")
    with pytest.raises(ModelError, match="holds no CODEnn"):
        load_codenn(tmp_path / "model")


def test_a_task_without_descriptions_is_named():
    options = {"seed": 1, "batch": 4}
    with pytest.raises(DataError, match="no descriptions of code for twins"):
        CodeNNTraining(make_groups(), {"twins": 1.0}, options)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=8))
def test_success_grows_with_depth_and_counts_ties_against_it(rows):
    scores = torch.tensor(rows, dtype=torch.float)
    found = success(scores)
    assert list(found.at) == sorted(found.at)
    assert found.at[1] == 1.0  # five candidates
    best = sum(row[0] > max(row[1:]) for row in rows) / len(rows)
    assert found.at[0] == pytest.approx(best)
    assert 1 / 5 <= found.mrr <= 1


def test_a_score_that_is_no_number_finds_nothing():
    assert success(torch.full((2, 3), float("nan"))).at[0] == 0


def test_distractors_are_others_and_no_copies():
    code = "def alpha(beta): return gamma + delta"
    copies = [
        Group("docstrings", "made", (Text(f"say {n}"), Text(code + f" # {n}", "Python")))
        for n in range(3)
    ]
    trials = make_trials([*copies, *_described()], 50, 8)
    for own, *others in trials.candidates:
        assert len(set(others)) == 8 and own not in others
        if code in trials.codes[own]:
            assert not any(code in trials.codes[other] for other in others)
    with pytest.raises(DataError, match="ask for fewer"):
        make_trials(copies, 3, 2)


def _described():
    groups = [group for group in make_groups() if group.task == "docstrings"]
    return random.Random(1).sample(groups, 30)


def test_one_command_prints_the_table_and_goes_on_where_it_was(place, capsys):
    arguments = ["--prepared", str(place / "prepared"), "--run", str(place / "run")]
    arguments += ["--start", str(place / "start"), "--queries", "8", "--distractors", "5"]
    arguments += ["--codenn", str(place / "codenn.toml"), "--threads", "1"]
    arguments += ["--classifier", str(place / "classifier.toml")]
    assert baselines.main([*arguments, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in rows] == [
        "BM25",
        "start, as it comes",
        "CODEnn",
        "classifier from start",
    ]
    assert [row["training"] for row in rows] == ["none", "none", "30 steps", "10 steps"]
    assert all(0 <= row["success"]["mrr"] <= 1 for row in rows)
    assert rows[0]["success"]["at"][0] > 0.5  # the words of these descriptions are in their codes
    curve = (place / "run/codenn/curve.jsonl").read_text()
    assert baselines.main(arguments) == 0
    said = capsys.readouterr()
    assert said.out.startswith("| | training | success@1 | success@5 | success@10 | MRR |")
    assert (place / "run/codenn/curve.jsonl").read_text() == curve


def test_prepared_data_that_is_not_there_is_one_line(place, capsys):
    arguments = ["--prepared", str(place / "none"), "--run", str(place / "run")]
    assert baselines.main([*arguments, "--start", str(place / "start")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("option", ["--queries", "--distractors"])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_an_experiment_of_nothing_is_a_usage_error(tmp_path, capsys, option, value):
    needed = [
        word for name in ("prepared", "run", "start") for word in (f"--{name}", str(tmp_path))
    ]
    with pytest.raises(SystemExit, match="2"):
        baselines.main([*needed, option, value])
    assert f"argument {option}: invalid whole number (1 to" in capsys.readouterr().err
