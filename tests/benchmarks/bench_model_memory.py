"""What a model takes in memory, against the estimate that is made before it is tried.

Models of published shapes with random weights are made, loaded and given their largest batch, each
in a process of its own; the peak of its resident memory less what the libraries take is compared
with the estimate.

    python -m tests.benchmarks.bench_model_memory
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SHAPES: dict[str, dict[str, Any]] = {
    "47 M, width 384, 12 layers (encoder)": {
        "role": "encoder",
        "hidden_size": 384,
        "intermediate_size": 1536,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
    },
    "149 M, width 768, 22 layers (cross-encoder)": {
        "role": "cross-encoder",
        "hidden_size": 768,
        "intermediate_size": 1152,
        "num_hidden_layers": 22,
        "num_attention_heads": 12,
    },
}


def make(folder: Path, shape: dict[str, Any]) -> None:
    """A ModernBERT of that shape with random weights, and a tokenizer of letters."""
    import torch
    from transformers import (
        ModernBertConfig,
        ModernBertForSequenceClassification,
        ModernBertModel,
    )

    from tests.models.tiny import make_encoder_folder

    make_encoder_folder(folder)
    sizes = {key: value for key, value in shape.items() if key != "role"}
    ids = {"pad_token_id": 0, "cls_token_id": 2, "bos_token_id": 2}
    ids |= {"sep_token_id": 3, "eos_token_id": 3}
    config = ModernBertConfig(
        vocab_size=50_368, max_position_embeddings=8192, num_labels=1, **sizes, **ids
    )
    kind = ModernBertModel
    if shape["role"] == "cross-encoder":
        kind = ModernBertForSequenceClassification
    kind(config).to(torch.bfloat16).save_pretrained(folder)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 8192}
    settings |= {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def measure(folder: Path, role: str, precision: str) -> dict[str, int]:
    """In this process: the estimate, and the peak above what the libraries take."""
    import sentence_transformers  # noqa: F401
    import torch

    from engine.models.catalogue import (
        ModelChoice,
        load_cross_encoder,
        load_encoder,
        memory_needed,
    )
    from engine.models.device import Device, Precision

    torch.set_num_threads(1)
    device = Device("cpu", Precision(precision))
    before = _forget_peak()
    text = "x y " * 10_000
    if role == "encoder":
        load_encoder(ModelChoice("encoder", str(folder)), device).encode([text], role="document")
        estimate = memory_needed(folder, "encoder", device)
    else:
        cross = load_cross_encoder(ModelChoice("cross-encoder", str(folder)), device)
        cross.score("x", [text] * 8)
        estimate = memory_needed(folder, "cross-encoder", device)
    return {"estimate": estimate, "peak": _resident("VmHWM") - before}


def _resident(what: str) -> int:
    """Bytes of this process by `/proc`: now (`VmRSS`) or at most (`VmHWM`). Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def _forget_peak() -> int:
    """Start a new peak; returns what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _resident("VmRSS")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "ROLE", "PRECISION"))
    options = parser.parse_args()
    if options.one:
        folder, role, precision = options.one
        print(json.dumps(measure(Path(folder), role, precision)))
        return
    print(f"{'model':46} {'precision':9} {'estimate':>10} {'measured':>10} ratio")
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "model"
            make(folder, shape)
            for precision in ("bf16", "fp32"):
                command = [sys.executable, "-m", "tests.benchmarks.bench_model_memory", "--one"]
                done = subprocess.run(
                    [*command, str(folder), shape["role"], precision],
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found = json.loads(done.stdout.splitlines()[-1])
                estimate, peak = found["estimate"] / 1e6, found["peak"] / 1e6
                row = f"{estimate:7.0f} MB {peak:7.0f} MB {estimate / peak:5.2f}"
                print(f"{name:46} {precision:9} {row}", flush=True)


if __name__ == "__main__":
    main()
