"""Writes trained models as Hugging Face folders: fp16 safetensors and nothing that runs code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from engine.errors import ModelError
from engine.learning import backbones
from engine.models.folder import read_json
from engine.models.stage import SERVES_BOTH

_TOKENIZER_FILES = ("tokenizer_config.json", "special_tokens_map.json")
_MAX_TOKENS = 256


def export_encoder(model: nn.Module, start: Path, folder: Path) -> None:
    """Write `model` so that transformers, sentence-transformers and our own reader load it."""
    _write(model, start, folder, type(model).__name__)
    modules = [
        ("0", "", "sentence_transformers.models.Transformer"),
        ("1", "1_Pooling", "sentence_transformers.models.Pooling"),
        ("2", "2_Normalize", "sentence_transformers.models.Normalize"),
    ]
    entries = [
        {"idx": int(name), "name": name, "path": path, "type": kind} for name, path, kind in modules
    ]
    _json(folder / "modules.json", entries)
    dimension = int(model.config.hidden_size)  # type: ignore[union-attr,arg-type]
    (folder / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": True}
    _json(folder / "1_Pooling" / "config.json", pooling)
    _json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": _MAX_TOKENS, "do_lower_case": False},
    )


def export_cross_encoder(model: nn.Module, start: Path, folder: Path) -> None:
    """Write `model` (a sequence classifier with one logit)."""
    _write(model, start, folder, type(model).__name__)


def export_shared(model: nn.Module, start: Path, folder: Path) -> None:
    """Write `model` (a sequence classifier that was trained as an encoder, too) for both stages."""
    _write(model, start, folder, type(model).__name__, **{SERVES_BOTH: True})


def _write(model: nn.Module, start: Path, folder: Path, architecture: str, **extra: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.detach().to(torch.float16).contiguous()
        for name, value in model.state_dict().items()
        if value.is_floating_point()
    }
    partial = folder / "model.safetensors.partial"
    save_file(state, partial, metadata={"format": "pt"})
    partial.chmod(0o644)  # safetensors makes files that only their owner may read
    partial.replace(folder / "model.safetensors")
    config: dict[str, Any] = model.config.to_dict()  # type: ignore[union-attr,operator]
    for key in ("_name_or_path", "torch_dtype", "transformers_version", SERVES_BOTH):
        config.pop(key, None)  # the last one is said of the start, not of what came of it
    config |= {"architectures": [architecture], "dtype": "float16", **extra}
    _json(folder / "config.json", config)
    tokenizer = tokenizer_of(start)
    tokenizer |= {"truncation": None, "padding": None}  # for whoever runs the model to decide
    (folder / "tokenizer.json").write_text(
        json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    for name in _TOKENIZER_FILES:
        if (start / name).exists():
            shutil.copyfile(start / name, folder / name)


def tokenizer_of(start: Path) -> dict[str, Any]:
    """What `tokenizer.json` says, also of a start that has only the vocabulary of one.

    Raises `ModelError` for a tokenizer without that form, or a file that is damaged.
    """
    path = start / "tokenizer.json"
    if path.exists():
        return read_json(path)
    fast = getattr(backbones.tokenizer(start), "backend_tokenizer", None)
    if fast is None:
        raise ModelError(f"{start} has no fast tokenizer; give a start that has tokenizer.json")
    made: dict[str, Any] = json.loads(fast.to_str())
    return made


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
