"""Models of any architecture, run by sentence-transformers as their own configuration says.

Pooling, normalisation, prompts and token limits are that library's reading of the folder. Only
safetensors are read, no code that comes with a model is run, and nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.code.understand import understand
from engine.errors import ModelError
from engine.job import JobContext
from engine.models.cross_encoder import (
    CPU_BATCH,
    GPU_BATCH,
    CrossEncoder,
    SentenceTransformerCrossEncoder,
)
from engine.models.device import Device
from engine.models.encoder import Encoder, Role, SentenceTransformerEncoder
from engine.models.folder import read_json, weights_file
from engine.models.remote_code import refuse_remote_code
from engine.types import QueryKind

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_INDEX = "model.safetensors.index.json"

MOST_TOKENS_OF_ENCODERS = 8192
"""How much of a text any encoder reads, on any device."""

_TASKS = {
    "query": "nl2code_query",
    "document": "nl2code_document",
}
"""Prompts by task, as models for code name them that have none by role."""

_CODE_TASK = "code2code_query"


def most_tokens(role: str, device: Device | None) -> int:
    """How much of a text is read at most, whatever the model could.

    What a longer text says at its end is not worth the seconds, nor the memory, that it takes.
    """
    on_gpu = device is not None and device.is_gpu
    if role == "encoder":
        return MOST_TOKENS_OF_ENCODERS if on_gpu else 2048
    return 2048 if on_gpu else 1024


def batch_tokens(role: str, own_limit: int, device: Device | None) -> int:
    """How many tokens go through a model at once: the most that a batch can hold."""
    limit = min(own_limit or most_tokens(role, device), most_tokens(role, device))
    on_gpu = device is not None and device.is_gpu
    if role == "encoder":
        return max(limit, 32_768 if on_gpu else 2_048)
    return limit * (GPU_BATCH if on_gpu else CPU_BATCH)


def read_modules(folder: Path) -> list[Any]:
    """A folder's `modules.json`: the parts that sentence-transformers runs in turn, or none."""
    path = folder / "modules.json"
    if not path.is_file():
        return []
    try:
        modules = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelError(f"{path} cannot be read; get the model again") from None
    if not isinstance(modules, list):
        raise ModelError(f"{path} is not a list of modules; get the model again")
    return modules


class OutsideEncoder(SentenceTransformerEncoder):
    """Any encoder of that library's, its vectors normalised once more in full precision."""

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`. In bfloat16 a norm is off by up to 0.4 %."""
        vectors = super().encode(texts, role=role, ctx=ctx)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


class TaskPromptEncoder(OutsideEncoder):
    """A model with one prompt for questions in words and another for code."""

    def __init__(self, model: SentenceTransformer, name: str, mark: str, device: Device) -> None:
        super().__init__(model, name, mark, device)
        prompts = dict(model.prompts)
        self._by_kind = {
            QueryKind.WORDS: prompts[_TASKS["query"]],
            QueryKind.CODE: prompts[_CODE_TASK],
        }

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        if role != "query":
            return super().encode(texts, role=role, ctx=ctx)
        kinds = [understand(text).kind for text in texts]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for kind, prompt in self._by_kind.items():
            rows = [row for row, found in enumerate(kinds) if found is kind]
            if rows:
                self._model.prompts["query"] = prompt
                vectors[rows] = super().encode([texts[row] for row in rows], role=role, ctx=ctx)
        return vectors


def load_sentence_encoder(folder: Path, name: str, device: Device) -> Encoder:
    """Load an encoder. Raises `ModelError`."""
    device = device.unquantised()
    options = _options(folder, name, device)
    try:
        from sentence_transformers import SentenceTransformer

        _quieten()
        model = SentenceTransformer(str(folder), **options).eval()
    except Exception as error:  # any architecture's loader may raise anything
        raise _not_loaded(name, error) from None
    if not model.get_embedding_dimension():
        raise ModelError(f"the model {name} gives no vector of a text; choose an encoder")
    _limit(model, "encoder", device)
    mark = _fingerprint(folder, "encoder", model.max_seq_length)
    for role, task in _TASKS.items():
        if not model.prompts.get(role) and task in model.prompts:
            model.prompts[role] = model.prompts[task]
    if _CODE_TASK in model.prompts and _TASKS["query"] in model.prompts:
        return TaskPromptEncoder(model, name, mark, device)
    return OutsideEncoder(model, name, mark, device)


def load_sentence_cross_encoder(folder: Path, name: str, device: Device) -> CrossEncoder:
    """Load a cross-encoder. Raises `ModelError`."""
    device = device.unquantised()
    options = _options(folder, name, device)
    try:
        from sentence_transformers import CrossEncoder as SentenceCrossEncoder

        _quieten()
        model = SentenceCrossEncoder(str(folder), **options).eval()
        outputs = model.num_labels
    except Exception as error:  # any architecture's loader may raise anything
        raise _not_loaded(name, error) from None
    if outputs != 1:
        raise ModelError(
            f"the model {name} gives {outputs} scores a pair, not one; "
            "choose a cross-encoder for ranking"
        )
    _refuse_new_head(model, folder, name)
    _limit(model, "cross-encoder", device)
    _score_in_full_precision(model)
    mark = _fingerprint(folder, "pair", model.max_seq_length)
    return SentenceTransformerCrossEncoder(model, name, mark, device)


def _options(folder: Path, name: str, device: Device) -> dict[str, Any]:
    _refuse_pickles(folder)
    refuse_remote_code(name, read_json(folder / "config.json"), read_modules(folder))
    return {
        "device": device.name,
        "trust_remote_code": False,
        "local_files_only": True,
        "model_kwargs": {"use_safetensors": True, "dtype": device.torch_dtype},
    }


def _refuse_pickles(folder: Path) -> None:
    """Every part must be in safetensors, whole or in numbered parts that are all there."""
    index = folder / _INDEX
    if index.is_file():
        named = read_json(index).get("weight_map")
        parts = set(named.values()) if isinstance(named, dict) else set()
        missing = sorted(str(part) for part in parts if not (folder / str(part)).is_file())
        if missing or not parts:
            raise ModelError(
                f"the model in {folder} is incomplete ({', '.join(missing) or _INDEX}); "
                "get the model again"
            )
    else:
        weights_file(folder)
    for pickled in folder.glob("*/pytorch_model.bin"):
        if not pickled.with_name("model.safetensors").is_file():
            raise ModelError(
                f"the part {pickled.parent.name} of the model in {folder} has only pickled "
                "weights, which could run code when opened; choose one in safetensors"
            )


def _refuse_new_head(model: Any, folder: Path, name: str) -> None:
    """A head that the folder does not hold was made up at loading: its scores mean nothing."""
    network: Any = getattr(model, "model", None)
    if not type(network).__name__.endswith("ForSequenceClassification"):
        return  # its score comes from modules of its own
    inside = f"{network.base_model_prefix}."
    head = {key for key, _ in network.named_parameters() if not key.startswith(inside)}
    if head.isdisjoint(_weight_names(folder)):
        raise ModelError(
            f"the model {name} has no classification head, so it cannot score pairs; "
            "choose a cross-encoder"
        )


def _weight_names(folder: Path) -> set[str]:
    """What the weights are called, by the headers of the folder's safetensors."""
    from safetensors import safe_open

    names: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="np") as file:
            names.update(file.keys())
    return names


def _score_in_full_precision(model: Any) -> None:
    """Have the head compute in fp32: the sigmoid of a half-precision score has many ties."""
    from torch import nn

    heads = [
        name
        for name, module in model.named_modules()
        if type(module) is nn.Linear and module.out_features == 1
    ]
    if heads:
        model.set_keep_in_fp32_modules(heads[-1:])


def _limit(model: Any, role: str, device: Device) -> None:
    own = model.max_seq_length
    most = most_tokens(role, device)
    model.max_seq_length = min(own, most) if isinstance(own, int) and own > 0 else most


def encoder_marks(folder: Path) -> frozenset[str]:
    """The fingerprints that the encoder in a folder may have, however much of a text it reads."""
    digest = _digest(folder)
    return frozenset(
        _marked(digest, "encoder", limit) for limit in range(1, MOST_TOKENS_OF_ENCODERS + 1)
    )


def _fingerprint(folder: Path, *settings: object) -> str:
    """16 hex digits that name weights, tokenizer, modules, prompts and the given settings."""
    return _marked(_digest(folder), *settings)


def _marked(digest: hashlib.blake2b, *settings: object) -> str:
    digest = digest.copy()
    digest.update(repr(settings).encode())
    return digest.hexdigest()


def _digest(folder: Path) -> hashlib.blake2b:
    digest = hashlib.blake2b(digest_size=8)
    named = [*folder.rglob("*.safetensors"), *folder.rglob("*.json")]
    for path in sorted(named, key=lambda path: path.relative_to(folder).as_posix()):
        if path.name.startswith("."):
            continue
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest


def _quieten() -> None:
    # A progress bar for reading a file is noise, and starts a thread; that a pooler is not used, or
    # a number format not the widest, is as it should be.
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()


def _not_loaded(name: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return ModelError(f"the model {name} cannot be loaded: {reason}; choose another one")
