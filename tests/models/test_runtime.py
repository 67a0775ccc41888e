"""The CPU runtimes: near full precision, chosen by rule, and nothing breaks when one is absent."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from engine.job import run_to_end
from engine.models import calibration, linear
from engine.models.calibration import FILE, Trial, best, calibrate, candidates, fidelity, recorded
from engine.models.cross_encoder import BertCrossEncoder
from engine.models.device import Device, Library, Precision, computes_bf16
from engine.models.encoder import BertEncoder
from engine.models.linear import FusedLinear, Int8Linear, Linear
from engine.models.runtime import Runtime, device_for, installed, missing_packages, parse_runtime
from tests.models.conftest import CPU

TEXTS = [("word " * (7 * number % 23)).strip() + str(number) for number in range(12)]
ONNX = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="the extra onnx is not installed"
)
INT8 = [
    pytest.param(Runtime.TORCH_INT8),
    pytest.param(Runtime.ONNX_INT8, marks=ONNX),
]


def vectors(folder: Path, device: Device) -> np.ndarray:
    return BertEncoder.load(folder, device).encode(TEXTS, role="document")


@pytest.mark.parametrize("runtime", INT8)
def test_int8_vectors_stay_close(runtime: Runtime, encoder_folder: Path) -> None:
    encoder = BertEncoder.load(encoder_folder, runtime.device)
    assert encoder.device == runtime.device
    found = encoder.encode(TEXTS, role="document")
    assert fidelity(vectors(encoder_folder, CPU), found) > 0.97
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("runtime", INT8)
def test_int8_scores_stay_close(runtime: Runtime, cross_encoder_folder: Path) -> None:
    exact = BertCrossEncoder.load(cross_encoder_folder, CPU).score("some query", TEXTS)
    found = BertCrossEncoder.load(cross_encoder_folder, runtime.device).score("some query", TEXTS)
    # The head of a random model magnifies what rounding does.
    assert fidelity(exact, found) > 0.8


def test_only_vectors_in_floating_point_share_a_fingerprint(encoder_folder: Path) -> None:
    marks = {
        runtime: BertEncoder.load(encoder_folder, runtime.device).fingerprint
        for runtime in (*candidates(), Runtime.TORCH_BF16)
    }
    assert marks[Runtime.TORCH_FP32] == marks[Runtime.TORCH_BF16]
    exact = marks.pop(Runtime.TORCH_BF16)
    assert len(set(marks.values())) == len(marks)
    assert exact in marks.values()


@ONNX
def test_the_graph_is_written_once(tmp_path: Path, encoder_folder: Path) -> None:
    device = device_for("onnx-int8", tmp_path)
    first = vectors(encoder_folder, device)
    (graph,) = tmp_path.iterdir()
    written = graph.stat().st_mtime_ns
    assert np.array_equal(vectors(encoder_folder, device), first)
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == [written]
    assert not list(encoder_folder.glob("*.onnx"))


@ONNX
def test_a_damaged_graph_is_written_again(tmp_path: Path, encoder_folder: Path) -> None:
    device = device_for("onnx-int8", tmp_path)
    first = vectors(encoder_folder, device)
    (graph,) = tmp_path.iterdir()
    graph.write_bytes(graph.read_bytes()[:1000])
    assert np.array_equal(vectors(encoder_folder, device), first)


def test_without_onnx_runtime_torch_takes_over(
    encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "onnxruntime" else there(name, *rest),
    )
    assert not installed(Runtime.ONNX_INT8)
    assert Runtime.ONNX_INT8 not in candidates()
    line = missing_packages("onnx-int8")
    assert "counterpart[onnx]" in line and "\n" not in line
    encoder = BertEncoder.load(encoder_folder, device_for("onnx-int8"))
    assert encoder.device.library is Library.TORCH
    assert encoder.device.precision is (Precision.BF16 if computes_bf16() else Precision.FP32)


@ONNX
def test_an_activation_without_an_operator_is_run_by_torch(
    tmp_path: Path, encoder_folder: Path
) -> None:
    import shutil

    folder = Path(shutil.copytree(encoder_folder, tmp_path / "relu"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
    assert BertEncoder.load(folder, Runtime.ONNX_INT8.device).device.library is Library.TORCH


def test_a_runtime_is_chosen_by_name() -> None:
    assert missing_packages("auto") == missing_packages("torch-int8") == ""
    assert device_for("torch-fp32") == CPU
    assert device_for("auto").chosen is False
    assert device_for("onnx-int8").library is Library.ONNX
    with pytest.raises(ModelError, match="no runtime 'fast'; choose one of auto, torch-fp32"):
        parse_runtime("fast")


def trial(runtime: Runtime, speed: float, close: float = 1.0) -> Trial:
    return Trial(runtime, speed, close)


def test_the_fastest_faithful_runtime_is_best() -> None:
    exact = trial(Runtime.TORCH_FP32, 100)
    assert best([exact]) is Runtime.TORCH_FP32
    assert best([exact, trial(Runtime.ONNX_INT8, 200)]) is Runtime.ONNX_INT8
    assert best([exact, trial(Runtime.ONNX_INT8, 200, 0.9)]) is Runtime.TORCH_FP32
    scores = Trial(Runtime.ONNX_INT8, 200, 0.9998, of_scores=True)
    assert best([exact, scores]) is Runtime.TORCH_FP32  # their order is finer than vectors'
    half = trial(Runtime.TORCH_BF16, 300)
    assert best([exact, half, trial(Runtime.ONNX_INT8, 310)]) is Runtime.TORCH_BF16
    assert best([exact, trial(Runtime.TORCH_INT8, 101)]) is Runtime.TORCH_FP32


def test_what_a_trial_finds_is_used_from_then_on(tmp_path: Path, encoder_folder: Path) -> None:
    assert recorded(tmp_path, encoder_folder) is None
    trials = run_to_end(calibrate(encoder_folder, tmp_path))
    assert [trial.runtime for trial in trials] == candidates()
    assert trials[0].fidelity == pytest.approx(1.0)
    assert recorded(tmp_path, encoder_folder) is best(trials)

    path = tmp_path / FILE
    kept = json.loads(path.read_text())
    for models in kept.values():
        for model in models.values():
            model["best"] = "torch-int8"
    path.write_text(json.dumps(kept))
    loaded = BertEncoder.load(encoder_folder, device_for("auto", tmp_path))
    assert loaded.device.precision is Precision.INT8 or loaded.device.is_gpu
    named = BertEncoder.load(encoder_folder, device_for("torch-fp32", tmp_path))
    assert named.device.precision is Precision.FP32


def test_a_record_of_another_machine_or_a_damaged_one_is_not_used(
    tmp_path: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_to_end(calibrate(encoder_folder, tmp_path))
    monkeypatch.setattr(calibration, "_machine", lambda: "another")
    assert recorded(tmp_path, encoder_folder) is None
    monkeypatch.undo()
    (tmp_path / FILE).write_text("{")
    assert recorded(tmp_path, encoder_folder) is None


def test_a_trial_works_on_a_cross_encoder_and_can_be_closed(
    tmp_path: Path, cross_encoder_folder: Path
) -> None:
    job = calibrate(cross_encoder_folder, tmp_path)
    next(job)
    job.close()
    assert not (tmp_path / FILE).exists()
    assert all(
        trial.fidelity > 0.9 for trial in run_to_end(calibrate(cross_encoder_folder, tmp_path))
    )


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu", "silu"])
def test_a_fused_map_gives_what_a_plain_one_gives(activation: str) -> None:
    if not linear._fusing_works():
        pytest.skip("oneDNN's operators are not here")
    source = torch.manual_seed(0)
    weight, bias, x, residual = (
        torch.randn(*shape, generator=source).bfloat16()
        for shape in ((16, 32), (16,), (7, 32), (7, 16))
    )
    plain, fused = (
        Linear(weight.float(), bias.float()),
        FusedLinear(weight, bias),
    )
    exact = x.float()
    for found, expected in (
        (fused(x), plain(exact)),
        (fused.activated(x, activation), plain.activated(exact, activation)),
        (fused.added(x, residual), plain.added(exact, residual.float())),
    ):
        assert torch.allclose(found.float(), expected, atol=0.05, rtol=0.02)


def test_int8_products_are_near() -> None:
    source = torch.manual_seed(0)
    weight, bias, x = (
        torch.randn(*shape, generator=source) for shape in ((16, 64), (16,), (9, 64))
    )
    exact, found = Linear(weight, bias)(x), Int8Linear(weight, bias)(x)
    assert (exact - found).norm() < 0.03 * exact.norm()
