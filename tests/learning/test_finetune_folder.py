"""Unfinished trainings: one process at a time, found again by name, removed; how they fail."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import main
from engine.commands.finetune import _say_what_holds
from engine.engine import Engine
from engine.errors import BusyError, DataError, UserError
from engine.job import Job, run_to_end
from engine.learning.finetune_child import Stage, read_stage, train_apart, write_stage
from engine.learning.finetune_data import TASK, write_pairs
from engine.learning.groups import Text
from engine.learning.negatives import RankedExample, read_examples, write_examples
from engine.types_training import TrainingSpec, Version
from tests.learning.judged import SPEC, judged_engine
from tests.models.tiny import make_cross_encoder_folder, words_of

pytestmark = pytest.mark.timeout(1200)  # processes that load torch, on a machine that is busy


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = judged_engine(tmp_path)
    yield engine
    engine.close()


def begin(engine: Engine, name: str) -> Job[Version]:
    """A training that has written down what it will do, and has not begun to train."""
    job = engine.train_from_judgements(replace(SPEC, name=name))
    next(progress for progress in job if progress.stage.startswith("training"))
    return job


def test_a_training_that_runs_is_left_alone(engine: Engine) -> None:
    job = begin(engine, "mine")
    folder = engine.paths.base / "training" / "mine"
    before = sorted(folder.rglob("*"))
    with pytest.raises(BusyError, match="the training mine runs already"):
        run_to_end(engine.train_from_judgements(replace(SPEC, name="mine")))
    with pytest.raises(BusyError, match="runs already"):
        engine.remove_training("mine")
    assert sorted(folder.rglob("*")) == before
    job.close()
    engine.remove_training("mine")
    assert engine.unfinished_trainings() == []
    assert not folder.exists()
    with pytest.raises(DataError, match="no unfinished training mine"):
        engine.remove_training("mine")


def test_what_was_stopped_is_listed_and_removed(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(engine, "two words").close()
    home = ("--basedir", str(tmp_path / "home"))
    assert main(["models", "versions", *home]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == ["two words  unfinished"]
    assert "--name 'two words'" in said.err
    assert main(["models", "remove", "two words", *home]) == 0
    assert capsys.readouterr().err == "removed the unfinished training two words\n"
    assert engine.unfinished_trainings() == []


def test_going_on_says_which_settings_hold(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(engine, "mine").close()
    engine.set_setting("cross-encoder", None)  # it ends before anything is trained
    command = ["train", "--from-judgements", "--name", "mine", "--basedir", str(tmp_path / "home")]
    assert main([*command, "--steps", "9", "--stages", "both"]) == 1
    (line,) = (one for one in capsys.readouterr().err.splitlines() if "was begun with" in one)
    assert "stages (cross-encoder)" in line and "steps (8)" in line
    mining = ["--range-max", "5", "--num-negatives", "3"]
    same = ["--steps", "8", "--batch", "2", "--max-tokens", "32", "--no-sample", *mining]
    assert main([*command, *same]) == 1
    assert "was begun with" not in capsys.readouterr().err


class Terminal(io.StringIO):
    """A terminal at which somebody presses Ctrl+C when the training is under way."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "training the" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_an_interrupted_training_says_how_it_goes_on(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    command = ["train", "--from-judgements", "--basedir", str(tmp_path / "home")]
    assert main([*command, "--steps", "8", "--no-sample"]) == 130
    said = terminal.getvalue().splitlines()
    (name,) = engine.unfinished_trainings()
    assert f"training {name}" in said
    assert said[-1].endswith(f"go on with --name {shlex.quote(name)}")


def test_a_seed_that_torch_does_not_take_is_refused_at_once(engine: Engine) -> None:
    with pytest.raises(DataError, match="seed"):
        engine.training_outlook(replace(SPEC, seed=10**23))
    assert engine.unfinished_trainings() == []


def stage_folder(folder: Path, options: dict[str, int]) -> Path:
    """A folder in which there is a cross-encoder to train."""
    start = make_cross_encoder_folder(folder / "start", words_of("read the file"))
    stage = folder / "stage"
    stage.mkdir()
    sides = (Text("read", ""), Text("the file", ""), (Text("file", ""),))
    write_examples(stage / "examples.jsonl", [RankedExample(TASK, *sides)] * 2)
    write_pairs(stage / "pairs.jsonl", [])
    write_stage(stage, Stage("cross-encoder", str(start), 2, options))
    return stage


def test_a_step_without_a_finite_loss_is_shown_like_any_other(tmp_path: Path) -> None:
    folder = stage_folder(tmp_path, {"seed": 1})
    (folder / "run").mkdir()
    (folder / "run" / "curve.jsonl").write_text('{"step": 1, "loss": null, "seconds": 2.0}\n')
    job = train_apart(folder)
    assert next(job).message == "starting"
    assert (next(job).done, next(job).message) == (1, "loss not finite")
    job.close()


def test_a_training_that_diverges_says_what_helps(tmp_path: Path) -> None:
    options = {"seed": 1, "batch": 2, "max_tokens": 16, "negatives": 1, "random": 0}
    folder = stage_folder(tmp_path, options)
    other = RankedExample(TASK, Text("list"), Text("the list", ""), (Text("file", ""),))
    examples = [*read_examples(folder / "examples.jsonl"), other]
    write_examples(folder / "examples.jsonl", examples)
    stage = read_stage(folder)
    rate = {**stage.options, "learning_rate": 1e30}
    write_stage(folder, replace(stage, steps=6, options=rate))
    with pytest.raises(UserError, match=r"diverged: .* train under another name, at a lower"):
        run_to_end(train_apart(folder))


@pytest.mark.parametrize("said", ["{", "[]", '{"of a later release": 1}'])
def test_a_stage_that_cannot_be_read_is_one_line(tmp_path: Path, said: str) -> None:
    (tmp_path / "stage.json").write_text(said, "utf-8")
    with pytest.raises(DataError, match="remove the training, and train again"):
        run_to_end(train_apart(tmp_path))


def test_a_failure_in_the_other_process_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = stage_folder(tmp_path, {"seed": 10**23})
    with pytest.raises(UserError, match="the training failed: ") as raised:
        run_to_end(train_apart(folder))
    assert "\n" not in str(raised.value)
    assert "outside" not in str(raised.value)
    assert "Traceback" not in capfd.readouterr().err


def test_what_a_training_goes_on_with_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    begun = TrainingSpec(name="mine", judges=("ada", "grace"), sample=False)
    _say_what_holds(TrainingSpec(name="mine", learning_rate=0.001, steps=9), begun)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "judges (ada and grace), steps (by default), learning rate (by default), sample (no)"
    )
