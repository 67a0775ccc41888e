"""`counterpart models runtime`, as a script sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main
from engine.models import runtime
from engine.models.calibration import candidates

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path,
    encoder_folder: Path,
    cross_encoder_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    models = {"encoder": str(encoder_folder), "cross-encoder": str(cross_encoder_folder)}
    (tmp_path / "settings.json").write_text(json.dumps(models), encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["models", "runtime", *arguments, "--basedir", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_runtime_is_kept_and_used(run: Run) -> None:
    code, out, _ = run("torch-int8", "--json")
    assert code == 0
    said = json.loads(out)
    assert said["runtime"] == "torch-int8"
    assert {model["precision"] for model in said["models"]} == {"int8"}
    assert "runtime: torch-int8" in run()[1]
    assert json.loads(run("auto", "--json")[1])["runtime"] == "auto"


def test_an_unknown_runtime_changes_nothing(run: Run) -> None:
    code, out, error = run("turbo")
    assert code == 1 and out == ""
    assert "no runtime 'turbo'" in error and error.count("\n") == 1
    assert "runtime: auto" in run()[1]


def test_measuring_tries_every_runtime_on_both_models(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--measure", "--json")
    assert code == 0
    trials = json.loads(out)["trials"]
    assert [trial["runtime"] for trial in trials] == [*candidates(), *candidates()]
    assert sum(trial["best"] for trial in trials) == 2
    assert (tmp_path / "cache" / "runtimes" / "runtimes.json").is_file()
    _, table, _ = run("--measure")
    assert table.count("tokens/s") == len(trials) and table.count("\n* ") == 2


def test_missing_packages_are_said_and_the_models_run_all_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.runtime_onnx.onnx_is_there", lambda: False)
    assert not runtime.installed(runtime.Runtime.ONNX_INT8)
    code, out, error = run("onnx-int8", "--json")
    assert code == 0
    assert "not installed (pip install 'counterpart[onnx]')" in error
    assert all(model["state"] == "ready" for model in json.loads(out)["models"])


def test_a_setting_that_is_no_runtime_counts_as_auto(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "runtime": 7}))
    code, out, _ = run("--json")
    assert code == 0
    assert all(model["state"] == "ready" for model in json.loads(out)["models"])
