"""What a run leaves behind, and how it can be stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch
from safetensors import safe_open

from engine.errors import DataError
from engine.learning.checkpoint import load_checkpoint
from engine.learning.curve import Curve, read_curve
from engine.learning.fingerprints import revision
from engine.learning.interrupts import Interrupts
from engine.learning.loop import Schedule, evenly, make_optimiser, run_training
from engine.learning.replicas import Replicas, working_dtype
from engine.learning.train import main
from tests.learning.small import make_groups

RECIPE = """
kind = "encoder"
[run]
seed = 1
steps = {steps}
batch = 8
max_tokens = 32
learning_rate = 5e-3
warmup = 2
checkpoint_every = 3
[start]
[weights]
docstrings = 1.0
"""


def arguments(place, text, run="run"):
    (place / "recipe.toml").write_text(text)
    groups = str(place / "groups.jsonl")
    found = [str(place / "recipe.toml"), "--run", str(place / run), "--groups", groups]
    return [*found, "--start", str(place / "start"), "--threads", "1"]


def test_a_signal_during_a_held_part_comes_after_it():
    done = []
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            signal.raise_signal(signal.SIGTERM)
            done.append(1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
            done.append(2)
    assert done == [1]


def test_another_thread_leaves_the_signals_alone():
    seen = []

    def work():
        with Interrupts() as interrupts, interrupts.held():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.skipif(os.name == "nt", reason="SIGTERM ends a process at once there")
def test_a_run_that_is_told_to_end_keeps_whole_steps_and_a_model(place):
    command = [sys.executable, "-m", "engine.learning.train"]
    process = subprocess.Popen([*command, *arguments(place, RECIPE.format(steps=10**6))])
    curve = place / "run/curve.jsonl"
    try:
        end = time.monotonic() + 120
        while not curve.exists() or len(curve.read_text().splitlines()) < 5:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 130
    finally:
        process.kill()
        process.wait()
    with safe_open(place / "run/checkpoint.safetensors", framework="pt") as file:
        position = json.loads(file.metadata()["position"])
    assert position["step"] == read_curve(curve)[-1]["step"] >= 5
    assert (place / "run/model/model.safetensors").exists()


def test_steps_after_the_last_checkpoint_are_not_in_the_curve_twice(place):
    text = RECIPE.format(steps=9)
    assert main(arguments(place, text, "whole")) == 0
    curve = place / "run/curve.jsonl"
    assert main(arguments(place, RECIPE.format(steps=6))) == 0
    with curve.open("a") as file:  # as a killed process leaves it, the last line torn
        file.write('{"step": 7, "loss": 1.0}\n{"step": 8, "lo')
    assert main(arguments(place, text)) == 0
    assert [record["step"] for record in read_curve(curve)] == list(range(1, 10))


def test_a_curve_is_handed_on(tmp_path):
    seen = []
    with Curve(tmp_path, 0, lambda step, figures: seen.append((step, dict(figures)))) as curve:
        curve.add(0, {"step": 0, "evaluation": {"a": 0.5}})
        curve.add(1, {"step": 1, "loss": 2.0})
    assert seen == [(0, {"a": 0.5}), (1, {"step": 1, "loss": 2.0})]
    assert len(read_curve(tmp_path / "curve.jsonl")) == 2


def test_a_run_says_what_it_depended_on_and_what_changed(place, capsys):
    assert main(arguments(place, RECIPE.format(steps=2))) == 0
    record = json.loads((place / "run/run.json").read_text())
    assert len(record["groups_sha256"]) == len(record["start_sha256"]) == 64
    assert record["device"] and record["torch"] == torch.__version__
    assert record["groups"]["docstrings: made"] > 100
    assert "resumed" not in record
    capsys.readouterr()
    assert main(arguments(place, RECIPE.format(steps=3))) == 0
    assert "began with another recipe" in capsys.readouterr().err
    again = json.loads((place / "run/run.json").read_text())
    assert again["recipe_sha256"] == record["recipe_sha256"]
    assert len(again["resumed"]) == 1
    assert (place / "run/recipe.toml").read_text() == RECIPE.format(steps=3)


def write_set(folder, text="sort the list"):
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name in ("queries", "corpus"):
        (folder / f"{name}.jsonl").write_text(json.dumps({"_id": "a", "text": text}) + "\n")
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\na\ta\t1\n")
    return str(folder)


def test_a_run_that_goes_on_says_which_sets_and_what_machine_are_others(place, capsys):
    sets = [write_set(place / name) for name in ("one", "two")]
    assert main([*arguments(place, RECIPE.format(steps=1)), "--dev", *sets]) == 0
    record = json.loads((place / "run/run.json").read_text())
    (place / "run/run.json").write_text(json.dumps({**record, "torch": "1.0", "threads": 7}))
    write_set(place / "two", "merge the list")
    sets.append(write_set(place / "three"))  # a new one is no other one
    capsys.readouterr()
    assert main([*arguments(place, RECIPE.format(steps=1)), "--dev", *sets]) == 0
    said = capsys.readouterr().err
    assert "this run began with another development set two, torch, threads; it goes on" in said


def test_the_revision_is_not_that_of_a_repository_around_the_environment(tmp_path):
    def git(*command):
        named = ["-c", "user.name=a", "-c", "user.email=a@b", *command]
        done = subprocess.run(
            ["git", "-C", tmp_path, *named], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init")
    git("commit", "--allow-empty", "-m", "theirs")
    (tmp_path / "site-packages").mkdir()
    assert revision(tmp_path / "site-packages") == ""
    assert revision(tmp_path) == git("describe", "--always")


def test_progress_names_rate_and_time_left(place, capsys):
    assert main(arguments(place, RECIPE.format(steps=4))) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step ")]
    assert lines[0].startswith("step 1 of 4, loss ")
    assert lines[-1].startswith("step 4 of 4, loss ")
    assert " steps/s, 0 s left" in lines[-1]


def test_evaluations_are_spread_evenly():
    assert evenly(4) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert evenly(0) == (0.0,)


class _Line:
    """y = w, towards 1."""

    def __init__(self):
        self.model = torch.nn.Linear(1, 1, bias=False)

    def backward(self, step):
        loss = (self.model.weight - 1).square().sum()
        if step == 1:
            loss = loss * float("nan")
        loss.backward()
        return loss.item(), {}

    def export(self, folder):
        folder.mkdir(exist_ok=True)


def test_a_step_whose_gradients_overflow_is_left_out(tmp_path):
    training = _Line()
    outcome = run_training(training, Schedule(3, 0.1, 1), tmp_path, seed=1, say=lambda _: None)
    assert outcome.finished
    assert torch.isfinite(training.model.weight).all()


class _Diverging(_Line):
    """Finite gradients at the first steps only."""

    def __init__(self, good):
        super().__init__()
        self.good = good

    def backward(self, step):
        loss = (self.model.weight - 1).square().sum()
        loss = loss if step < self.good else loss * float("inf") * 0
        loss.backward()
        return loss.item(), {}


@pytest.mark.parametrize(("good", "steps", "last"), [(0, 5, 5), (2, 5, 5), (7, 500, 27)])
def test_a_run_that_diverges_says_so_and_keeps_the_checkpoint_before(tmp_path, good, steps, last):
    schedule = Schedule(steps, 0.1, 1)
    with pytest.raises(DataError, match=f"last {last - good} of {last} steps had no finite"):
        run_training(
            _Diverging(good), schedule, tmp_path, seed=1, checkpoint_every=2, say=lambda _: None
        )
    assert not (tmp_path / "model").exists()
    if good:
        again = _Line()
        optimiser = make_optimiser(again.model, 0.1, 0.0)
        assert load_checkpoint(tmp_path, again.model, optimiser)[0] == good - good % 2
    records = [
        json.loads(line, parse_constant=pytest.fail)
        for line in (tmp_path / "curve.jsonl").read_text().splitlines()
    ]
    assert records[-1]["loss"] is None


def test_gradients_are_found_to_their_end_before_an_interrupt(tmp_path):
    """A thread pool that is interrupted while it holds its own lock ends with another error."""

    class Told(_Line):
        ended = 0

        def backward(self, step):
            if step == 3:
                signal.raise_signal(signal.SIGTERM)
            found = super().backward(step)
            self.ended += 1
            return found

    told = Told()
    outcome = run_training(told, Schedule(9, 0.1, 1), tmp_path, seed=1, say=lambda _line: None)
    assert not outcome.finished and outcome.step == 3
    assert told.ended == 4


def test_a_second_interrupt_does_not_take_the_checkpoint(tmp_path):
    class Stopped(_Line):
        def backward(self, step):
            if step == 3:
                raise KeyboardInterrupt
            return super().backward(step)

    def say(line):
        if line.startswith("interrupted"):
            signal.raise_signal(signal.SIGTERM)

    assert not run_training(Stopped(), Schedule(9, 0.1, 1), tmp_path, seed=1, say=say).finished
    again = _Line()
    assert load_checkpoint(tmp_path, again.model, make_optimiser(again.model, 0.1, 0.0))[0] == 3
    assert (tmp_path / "model").is_dir()


def test_more_evaluations_than_steps_are_one_for_each(tmp_path):
    calls = []
    options = {"evaluate": lambda: calls.append(1) or {"dev": 1}, "evaluate_at": evenly(20)}
    run_training(_Line(), Schedule(2, 0.1, 1), tmp_path, seed=1, say=lambda _: None, **options)
    assert len(calls) == 3  # before, between, and at the end


@pytest.mark.parametrize("interrupted", [1, 2, 3])
def test_an_evaluation_that_was_interrupted_is_done_on_resuming(tmp_path, interrupted):
    calls = []

    def evaluate():
        calls.append(1)
        if len(calls) == interrupted:
            raise KeyboardInterrupt
        return {"dev": 0.5}

    def go_on():
        options = {"evaluate": evaluate, "say": lambda _: None}
        run_training(_Line(), Schedule(4, 0.1, 1), tmp_path, seed=1, **options)
        return [r["step"] for r in read_curve(tmp_path / "curve.jsonl") if "evaluation" in r]

    assert go_on() == [0, 2, 4][: interrupted - 1]
    assert go_on() == [0, 2, 4]
    assert go_on() == [0, 2, 4]


def test_what_was_never_evaluated_is_evaluated_once_on_resuming(tmp_path):
    class Stopped(_Line):
        def backward(self, step):
            if step == 3:
                raise KeyboardInterrupt
            return super().backward(step)

    options = {"seed": 1, "say": lambda _: None, "evaluate_at": evenly(4)}
    run_training(Stopped(), Schedule(4, 0.1, 1), tmp_path, **options)
    run_training(_Line(), Schedule(4, 0.1, 1), tmp_path, evaluate=lambda: {"dev": 1}, **options)
    records = read_curve(tmp_path / "curve.jsonl")
    assert [record["step"] for record in records if "evaluation" in record] == [3, 4]


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_another_precision_finds_the_same_gradients(place, precision):
    from engine.learning.encoder_training import EncoderTraining
    from engine.learning.sampling import Sampler

    found = []
    for name in ("bf16", precision):
        torch.manual_seed(0)
        sampler = Sampler(make_groups(), {"docstrings": 1.0}, seed=1)
        options = {"batch": 16, "max_tokens": 32, "precision": name}
        training = EncoderTraining(place / "start", sampler, options)
        training.backward(3)
        found.append(torch.cat([weight.grad.flatten() for weight in training.model.parameters()]))
    assert torch.cosine_similarity(*found, dim=0) > 0.99
    assert found[1].norm().item() == pytest.approx(found[0].norm().item(), rel=0.03)


def test_precision_goes_by_name():
    cpu = torch.device("cpu")
    assert working_dtype("auto", cpu) is torch.bfloat16
    assert Replicas(torch.nn.Linear(1, 1), cpu, "fp16").scale > 1
    with pytest.raises(DataError, match="precision is auto, bf16, fp16, fp32, not fp8"):
        working_dtype("fp8", cpu)


def test_a_file_of_groups_that_is_not_there_is_one_line(place, capsys):
    (place / "groups.jsonl").unlink()
    assert main(arguments(place, RECIPE.format(steps=1))) == 1
    said = capsys.readouterr().err
    assert "cannot read" in said and said.count("\n") == 1


def test_graded_pairs_are_learnt_as_soft_targets(place, capsys):
    grades = place / "graded.jsonl"
    pairs = [("sort list", "sort", 3), ("merge tree", "f", 0), ("split file", "split x", 1)]
    records = [{"query": q, "text": t, "grade": g} for q, t, g in pairs] * 4
    grades.write_text("".join(json.dumps(record) + "\n" for record in records))
    text = RECIPE.format(steps=3).replace('"encoder"', '"cross-encoder"')
    text = text.replace("docstrings = 1.0", "graded = 1.0").replace("batch = 8", "batch = 4")
    text = text.replace("[start]", "negatives = 2\n[start]")
    assert main(arguments(place, text)) == 1
    assert "give their file with --graded" in capsys.readouterr().err
    assert main([*arguments(place, text), "--graded", str(grades)]) == 0
    assert {record["task"] for record in read_curve(place / "run/curve.jsonl")} == {"graded"}
    assert "12 graded pairs, not compared with evaluation texts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("batch = 8", 'batch = "eight"', "[run] batch is a whole number from 1, not 'eight'"),
        ("batch = 8", "batch = 0", "[run] batch is a whole number from 1, not 0"),
        ("batch = 8", "batch = 1000", "docstrings has 144 groups, too few for a batch of 1000"),
        ("5e-3", "-1.0", "[run] learning_rate is a number above 0, not -1.0"),
        ("warmup = 2", "symmetric = 1\nwarmup = 2", "[run] symmetric is true or false, not 1"),
        ("warmup = 2", "dimensions = [0]\nwarmup = 2", "a list of whole numbers from 1, not [0]"),
        ("docstrings = 1.0", "docstrings = 0", "[weights] weighs no task above 0"),
        ("docstrings = 1.0", "docstrings = 0\ngraded = 1", "[weights] weighs only rated pairs"),
        ("docstrings = 1.0", "docstrings = 1\n[chances]\ncrop = 2", "between 0 and 1, not 2"),
        ("batch = 8", "batch = 1", "[run] batch is from 2: its other texts are the negatives"),
        ("5e-3", "inf", "[run] learning_rate is a number above 0, not inf"),
        ("warmup = 2", 'precision = "fp8"\nwarmup = 2', "one of auto, bf16, fp16, fp32, not 'fp8'"),
        ("warmup = 2", "dimensions = [8, 99]\nwarmup = 2", "holds 99; the start's vectors have 32"),
        ("[run]", "[run", "is not a training recipe"),
        ("[run]\n", "run = 3\n", "is not a training recipe"),
        ('kind = "encoder"', "", "kind is encoder, cross-encoder, shared, classifier, codenn, not"),
        ("[start]\n[weights]\ndocstrings = 1.0", "", "needs [start], [weights]; docs/training.md"),
        ("[run]", "slow = 5\n[run]", "[slow] is a table, not 5"),
        ("[run]", "grades = 5\n[run]", "[grades] is a table, not 5"),
        (
            "seed = 1",
            "seed = 20_000_000_000_000",
            "seed is a whole number up to 1000000000000",
        ),
        ("steps = 1", "steps = 1" + "0" * 400, "[run] steps is a whole number up to 1000000000,"),
        ("5e-3", "1" + "0" * 400, "learning_rate is a number between 0 and 1000000000"),
        ("32", "1", "[run] max_tokens is a whole number from 8, not 1"),
        ("warmup = 2", "mining_tokens = 2\nwarmup = 2", "mining_tokens is a whole number from 8"),
        ("warmup = 2", "distil_tokens = 2\nwarmup = 2", "distil_tokens is a whole number from 8"),
        ("warmup = 2", "width = 1000000000\nwarmup = 2", "width is a whole number up to 4096"),
        ("warmup = 2", "hidden = 1000000000\nwarmup = 2", "hidden is a whole number up to 4096"),
        ("warmup = 2", "sampling_temperature = 0.001\nwarmup = 2", "a number between 0.2 and"),
        ("warmup = 2", "sampling_temperature = 1e-310\nwarmup = 2", "a number between 0.2 and"),
        ("docstrings = 1.0", "docstrings = 1e308\ntwins = 1e308", "between 0 and 1000000000, not"),
        (
            "docstrings = 1.0",
            "docstring = 1",
            "no training data for docstring of [weights]; the groups have it for docstrings, twins",
        ),
    ],
)
def test_a_slip_in_a_recipe_is_one_line(place, capsys, was, becomes, message):
    assert main(arguments(place, RECIPE.format(steps=1).replace(was, becomes))) == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_the_mark_before_a_recipe_is_no_part_of_it(place):
    assert main(arguments(place, "\ufeff" + RECIPE.format(steps=1))) == 0


def test_settings_that_nothing_reads_are_told_of(place, capsys):
    text = RECIPE.format(steps=1).replace("warmup = 2", "warmup = 2\ntemprature = 0.1")
    assert main(arguments(place, text)) == 0
    assert "nothing reads the recipe's temprature" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("warmup = 2", 'warmup = 2\nloss = "both"', "nothing reads the recipe's loss;"),
        ("[run]", "[chancen]\ncrop = 1\n[run]", "nothing reads the recipe's [chancen];"),
        ("[run]", "[slow]\nloss = 'both'\n[run]", "nothing reads the recipe's [slow];"),
        (
            "[run]",
            "[mining]\ndocstrings = 9\n[grades]\n0 = 0.1\n[run]",
            "nothing reads the recipe's [grades], [mining];",
        ),
        ("[weights]", "[weights]\ngraded = 1", "nothing reads the recipe's [weights] graded;"),
        ("max_tokens = 32", "max_tokens = 512", "max_tokens is 512, but the start reads 64"),
    ],
)
def test_what_a_recipe_says_in_vain_is_told_of(place, capsys, was, becomes, said):
    text = RECIPE.format(steps=1)
    assert was in text
    assert main(arguments(place, text.replace(was, becomes))) == 0
    assert said in capsys.readouterr().err


def test_a_file_that_the_recipe_does_not_read_is_told_of(place, capsys):
    more = ["--miner", str(place / "start"), "--teacher", str(place / "start"), "--data", "nowhere"]
    assert main([*arguments(place, RECIPE.format(steps=1)), *more]) == 0
    said = capsys.readouterr().err
    assert "no use for --data" in said
    assert "no use for --miner" in said and "no use for --teacher" in said


@pytest.mark.parametrize(("option", "value"), [("--minutes", "0"), ("--threads", "-2")])
def test_a_senseless_option_is_a_usage_error(place, capsys, option, value):
    with pytest.raises(SystemExit) as end:
        main([*arguments(place, RECIPE.format(steps=1)), option, value])
    assert end.value.code == 2
    assert f"{option}: {value} " in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--miner", "--teacher"])
def test_a_model_that_is_not_here_is_not_asked_for_elsewhere(place, capsys, option):
    assert main([*arguments(place, RECIPE.format(steps=1)), option, "nobody/nothing"]) == 1
    assert "nobody/nothing is not on this machine" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["encoder", "cross-encoder"])
def test_a_file_of_graded_pairs_that_is_not_there_is_one_line(place, capsys, kind):
    text = RECIPE.format(steps=1).replace('"encoder"', f'"{kind}"')
    text = text.replace("docstrings = 1.0", "graded = 1\ndocstrings = 1")
    text = text.replace("[run]\n", "[run]\nnegatives = 1\n")
    more = ["--graded", str(place / "missing.jsonl")]
    assert main([*arguments(place, text), *more]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"cannot read {place / 'missing.jsonl'} (No such file or directory); ")


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ('sha256 = "0"\nfolder = "nowhere"', "check [start] folder"),
        ('folder = "model"', "[start] needs sha256"),
    ],
)
def test_a_start_that_a_recipe_describes_wrongly_is_one_line(
    place, capsys, monkeypatch, start, message
):
    (place / "library/small_start/model").mkdir(parents=True)
    (place / "library/small_start/__init__.py").write_text("")
    (place / "library/small_start/model/model.safetensors").write_bytes(b"")
    monkeypatch.syspath_prepend(place / "library")
    text = RECIPE.format(steps=1).replace("[start]", f'[start]\npackage = "small-start"\n{start}')
    words = arguments(place, text)
    at = words.index("--start")
    assert main([*words[:at], *words[at + 2 :]]) == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_run_that_cannot_have_a_folder_is_one_line(place, capsys):
    (place / "taken").write_text("")
    words = arguments(place, RECIPE.format(steps=1))
    words[words.index("--run") + 1] = str(place / "taken")
    assert main(words) == 1
    assert "give another --run" in capsys.readouterr().err


def test_a_run_that_never_began_is_recorded_anew(place, capsys):
    assert main(arguments(place, RECIPE.format(steps=1).replace("batch = 8", "batch = 999"))) == 1
    assert main(arguments(place, RECIPE.format(steps=1))) == 0
    assert "began with another" not in capsys.readouterr().err
