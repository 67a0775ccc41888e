"""Which models there are, and how a choice becomes a loaded model.

A choice is `bundled`, a folder in Hugging Face layout, or a Hugging Face id such as
`sentence-transformers/all-MiniLM-L6-v2`. An id is looked up in the local cache; it is downloaded
only when the choice allows it. Whatever it is, it ends as a folder, and a folder that holds a plain
BERT is run by `engine.models.bert`; anything else by sentence-transformers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import ModelError
from engine.models.cross_encoder import (
    BertCrossEncoder,
    CrossEncoder,
    SentenceTransformerCrossEncoder,
)
from engine.models.device import Device, choose_device
from engine.models.encoder import BertEncoder, Encoder, SentenceTransformerEncoder
from engine.models.folder import fingerprint, read_json, weights_file
from engine.paths import RESOURCES

ModelRole = Literal["encoder", "cross-encoder"]
BUNDLED = "bundled"
BUNDLED_FOLDER = RESOURCES / "models"

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HUB_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_HUB_IGNORED = ["onnx/*", "openvino/*", "original/*"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the user wants for one of the two stages."""

    role: ModelRole
    name: str = BUNDLED
    allow_download: bool = False

    def folder(self) -> Path:
        """The model's folder on this machine, after a download if need be and allowed.

        Raises `ModelError` when there is no such model.
        """
        if self.name == BUNDLED:
            folder = BUNDLED_FOLDER / self.role
            if not folder.is_dir():
                raise ModelError(f"the bundled {self.role} is missing; install Counterpart again")
            return folder
        path = Path(self.name).expanduser()
        if path.is_dir():
            return path
        if path.exists() or path.is_absolute() or not _HUB_ID.fullmatch(self.name):
            raise ModelError(
                f"no model folder at {self.name}; give a folder or a Hugging Face id "
                "like owner/model"
            )
        return _hub_folder(self.name, self.allow_download)


def load_encoder(choice: ModelChoice, device: Device | None = None) -> Encoder:
    """Load the first stage's dense model. Raises `ModelError`."""
    folder = choice.folder()
    device = device or choose_device()
    if _is_plain_bert(folder) and _pools_by_mean(folder) and not _has_prompts(folder):
        return BertEncoder.load(folder, device, choice.name)
    return _load_sentence_transformer(folder, choice.name, device)


def load_cross_encoder(choice: ModelChoice, device: Device | None = None) -> CrossEncoder:
    """Load the second stage's model. Raises `ModelError`."""
    folder = choice.folder()
    device = device or choose_device()
    if _is_plain_bert(folder):
        return BertCrossEncoder.load(folder, device, choice.name)
    return _load_sentence_cross_encoder(folder, choice.name, device)


def _hub_folder(name: str, allow_download: bool) -> Path:
    cached = _cached_folder(name)
    if cached is not None and (cached / "model.safetensors").exists():
        return cached
    if allow_download:
        return _download(name)
    if cached is not None:
        return cached  # incomplete, or pickled weights: reading it says which
    raise ModelError(
        f"the model {name} is not on this machine; allow its download, or give a folder"
    )


def _cached_folder(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns=_HUB_IGNORED)
        )
    except Exception as error:  # the hub's client raises its own and its HTTP library's errors
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the model {name} could not be downloaded ({reason}); check its name and the "
            "connection"
        ) from None


def _is_plain_bert(folder: Path) -> bool:
    config = read_json(folder / "config.json")
    tokenizer = (folder / "tokenizer.json").is_file()
    return config.get("model_type") == "bert" and (tokenizer or not _has_vocabulary(folder))


def _has_vocabulary(folder: Path) -> bool:
    # An older folder with vocab.txt alone is fine for sentence-transformers.
    return (folder / "vocab.txt").is_file()


def _pools_by_mean(folder: Path) -> bool:
    modules = folder / "modules.json"
    if not modules.is_file():
        return True
    kinds = re.findall(r'"type"\s*:\s*"[\w.]*\.(\w+)"', modules.read_text(encoding="utf-8"))
    if not set(kinds) <= {"Transformer", "Pooling", "Normalize"}:
        return False
    pooling = folder / "1_Pooling" / "config.json"
    if not pooling.is_file():
        return True
    settings = read_json(pooling)
    if "pooling_mode" in settings:
        return bool(settings["pooling_mode"] == "mean")
    modes = [name for name, on in settings.items() if name.startswith("pooling_mode_") and on]
    return modes == ["pooling_mode_mean_tokens"]


def _has_prompts(folder: Path) -> bool:
    settings = folder / "config_sentence_transformers.json"
    prompts = read_json(settings).get("prompts") if settings.is_file() else None
    return isinstance(prompts, dict) and any(prompts.values())


def _sentence_options(folder: Path, device: Device) -> dict[str, Any]:
    weights_file(folder)  # refuses pickled weights
    return {
        "device": device.name,
        "trust_remote_code": False,
        "local_files_only": True,
        "model_kwargs": {"use_safetensors": True, "dtype": device.torch_dtype},
    }


def _load_sentence_transformer(folder: Path, name: str, device: Device) -> Encoder:
    options = _sentence_options(folder, device)
    try:
        from sentence_transformers import SentenceTransformer

        _quieten()
        model = SentenceTransformer(str(folder), **options).eval()
    except Exception as error:  # any architecture's loader may raise anything
        raise _not_loaded(name, error) from None
    mark = fingerprint(folder, "sentence-transformers", model.max_seq_length)
    return SentenceTransformerEncoder(model, name, mark, device)


def _load_sentence_cross_encoder(folder: Path, name: str, device: Device) -> CrossEncoder:
    options = _sentence_options(folder, device)
    try:
        from sentence_transformers import CrossEncoder as SentenceCrossEncoder

        _quieten()
        model = SentenceCrossEncoder(str(folder), **options).eval()
    except Exception as error:  # any architecture's loader may raise anything
        raise _not_loaded(name, error) from None
    if model.config.num_labels != 1:
        raise ModelError(
            f"the model {name} gives {model.config.num_labels} scores a pair, not one; "
            "choose a cross-encoder for ranking"
        )
    return SentenceTransformerCrossEncoder(model, name, fingerprint(folder, "pair"), device)


def _quieten() -> None:
    # A progress bar for reading a file is noise, and starts a thread.
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()


def _not_loaded(name: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:200]
    return ModelError(f"the model {name} cannot be loaded: {reason}; choose another one")
