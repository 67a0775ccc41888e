"""How a choice becomes a loaded model.

A choice is `bundled`, a folder in Hugging Face layout, or a Hugging Face id such as
`sentence-transformers/all-MiniLM-L6-v2`, which is looked for among the models that were downloaded
and in the hub's own cache; nothing is fetched here. Whatever it is, it ends as a folder, and a
folder that holds a plain BERT is run by `engine.models.bert`; anything else by `outside`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import ModelError
from engine.models.cross_encoder import BertCrossEncoder, CrossEncoder
from engine.models.device import Device, choose_device
from engine.models.encoder import BertEncoder, Encoder
from engine.models.folder import MAX_TOKENS, read_json
from engine.models.memory import count_parameters, estimate, width_of
from engine.models.outside import (
    batch_tokens,
    load_sentence_cross_encoder,
    load_sentence_encoder,
    most_tokens,
    read_modules,
)
from engine.models.own_closeness import AS_IT_IS, read_closeness
from engine.models.own_closeness import NAME as CLOSENESS
from engine.models.shelf import ModelShelf, cached_folder
from engine.models.stage import refuse_other_stage
from engine.paths import RESOURCES

ModelRole = Literal["encoder", "cross-encoder"]
BUNDLED = "bundled"
BUNDLED_FOLDER = RESOURCES / "models"

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the user wants for one of the two stages; `shelf` is where downloads are kept."""

    role: ModelRole
    name: str = BUNDLED
    shelf: ModelShelf | None = None

    def folder(self) -> Path:
        """The model's folder on this machine.

        Raises `ModelError` when there is no such model.
        """
        if self.name == BUNDLED:
            folder = BUNDLED_FOLDER / self.role
            if not folder.is_dir():
                raise ModelError(f"the bundled {self.role} is missing; install Counterpart again")
            return folder
        if (path := named_folder(self.name)) is not None:
            return path
        if not is_hub_id(self.name):
            raise ModelError(
                f"no model folder at {self.name}; give a folder or a Hugging Face id "
                "like owner/model"
            )
        found = self.shelf.find(self.name) if self.shelf else cached_folder(self.name)
        if found is None:
            raise ModelError(
                f"the model {self.name} is not on this machine; download it first, or give a folder"
            )
        return found


def named_folder(name: str) -> Path | None:
    """The folder of that name on this machine, `~` being home; None if there is none."""
    try:
        path = Path(name).expanduser()
        return path if path.is_dir() else None
    except (OSError, RuntimeError):  # a name that is too long; the home of a user who is not here
        return None


def is_hub_id(name: str) -> bool:
    """Whether a name can be one on the hub, rather than a path."""
    try:
        return _HUB_ID.fullmatch(name) is not None and not Path(name).exists()
    except OSError:  # too long for a file's name, and for the hub
        return False


def load_encoder(choice: ModelChoice, device: Device | None = None) -> Encoder:
    """Load the first stage's dense model. Raises `ModelError`."""
    folder = choice.folder()
    refuse_other_stage(choice.role, folder, choice.name)
    device = device or choose_device()
    encoder: Encoder
    if _runs_as_bert_encoder(folder):
        encoder = BertEncoder.load(folder, device, choice.name)
    else:
        encoder = load_sentence_encoder(folder, choice.name, device)
    is_own = choice.name == BUNDLED
    encoder.closeness = AS_IT_IS if is_own else read_closeness(folder / CLOSENESS)
    return encoder


def load_cross_encoder(choice: ModelChoice, device: Device | None = None) -> CrossEncoder:
    """Load the second stage's model. Raises `ModelError`."""
    folder = choice.folder()
    refuse_other_stage(choice.role, folder, choice.name)
    device = device or choose_device()
    if _runs_as_bert_cross_encoder(folder):
        return BertCrossEncoder.load(folder, device, choice.name)
    return load_sentence_cross_encoder(folder, choice.name, device)


def memory_needed(folder: Path, role: ModelRole, device: Device) -> int:
    """Bytes that the model in a folder would take; nothing but headers is read for that."""
    config = read_json(folder / "config.json")
    own = runs_here(role, folder)
    device = device if own else device.unquantised()
    limit = MAX_TOKENS if own else most_tokens(role, device)
    tokens = batch_tokens(role, limit, device)
    return estimate(count_parameters(folder), width_of(config), tokens, device)


def runs_here(role: ModelRole, folder: Path) -> bool:
    """Whether the model in a folder is one that our own network computes, in any runtime."""
    if role == "encoder":
        return _runs_as_bert_encoder(folder)
    return _runs_as_bert_cross_encoder(folder)


def _runs_as_bert_encoder(folder: Path) -> bool:
    return _is_plain_bert(folder) and _pools_by_mean(folder) and not _has_prompts(folder)


def _runs_as_bert_cross_encoder(folder: Path) -> bool:
    # With modules of its own, the score does not come from BERT's head.
    return _is_plain_bert(folder) and len(read_modules(folder)) <= 1


def _is_plain_bert(folder: Path) -> bool:
    config = read_json(folder / "config.json")
    tokenizer = (folder / "tokenizer.json").is_file()
    return config.get("model_type") == "bert" and (tokenizer or not _has_vocabulary(folder))


def _has_vocabulary(folder: Path) -> bool:
    # An older folder with vocab.txt alone is fine for sentence-transformers.
    return (folder / "vocab.txt").is_file()


def _pools_by_mean(folder: Path) -> bool:
    modules = read_modules(folder)
    kinds = {str(part.get("type")).rpartition(".")[2] for part in modules if isinstance(part, dict)}
    if not kinds <= {"Transformer", "Pooling", "Normalize"}:
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
