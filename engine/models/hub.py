"""Models on the Hugging Face hub: what one consists of, and why one may not be had."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from engine.errors import Cancelled, CounterpartError, ModelError
from engine.models.offers import allows_commercial_use
from engine.models.remote_code import refuse_remote_code

TIMEOUT = 10.0
"""Seconds that the hub may keep one waiting for an answer, or for more of a file."""

MOST_BYTES = 40_000_000_000
MOST_SMALL_BYTES = 1_000_000

_BESIDE_WEIGHTS = (".json", ".txt", ".model", ".jinja")
_TRANSPORT = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3"})


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model: with its SHA-256 if it is in large file storage, else with its git id."""

    name: str
    size: int
    sha256: str = ""
    git_id: str = ""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model as the hub describes it at one revision; `files` are those that are needed."""

    name: str
    revision: str
    licence: str
    files: tuple[HubFile, ...]
    parameters: int = 0  # 0 if the hub does not say
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def commercial(self) -> bool:
        """Whether the licence allows commercial use, by its name."""
        return allows_commercial_use(self.licence)


def look_up(name: str, revision: str = "") -> HubModel:
    """Ask the hub what a model consists of. Fetches nothing but two small descriptions.

    Raises `ModelError` if it cannot be had, has no safetensors, or needs code of its own.
    """
    with hub_errors(name):
        from huggingface_hub import HfApi

        info = HfApi().model_info(
            name, revision=revision or None, files_metadata=True, timeout=TIMEOUT
        )
    found = {sibling.rfilename: _file(sibling) for sibling in info.siblings or ()}
    sha = str(info.sha)
    config = _description(found, name, sha, "config.json", dict) or {}
    modules = _description(found, name, sha, "modules.json", list) or []
    refuse_remote_code(name, config, modules)
    files = tuple(found[file] for file in needed_files(name, list(found), modules))
    model = HubModel(name, sha, _licence(info), files, _parameters(info), config)
    if model.size > MOST_BYTES:
        raise ModelError(f"the model {name} is {model.size / 1e9:.0f} GB; choose a smaller one")
    return model


def needed_files(name: str, files: list[str], modules: Any) -> list[str]:
    """The files that sentence-transformers reads: weights, configuration, tokenizer, modules.

    Raises `ModelError` if there are no safetensors among them.
    """
    folders = {"."} | {
        str(PurePosixPath(entry["path"]))
        for entry in modules
        if isinstance(entry, dict) and isinstance(entry.get("path"), str)
    }
    near = [file for file in files if str(PurePosixPath(file).parent) in folders]
    weights = [file for file in near if _is_weights(file)]
    if not any(file.endswith(".safetensors") for file in weights):
        if any(file.endswith((".bin", ".pt")) for file in near):
            raise ModelError(
                f"the model {name} has only pickled weights, which could run code when opened; "
                "choose one with model.safetensors"
            )
        raise ModelError(
            f"{name} has no model.safetensors on the hub, so it is no model for this; "
            "choose another one"
        )
    beside = [file for file in near if file.endswith(_BESIDE_WEIGHTS) or "LICEN" in file.upper()]
    return sorted({*beside, *weights})


def _is_weights(file: str) -> bool:
    """`model.safetensors`, in a folder or not, whole or in numbered parts."""
    part = r"model(-\d+-of-\d+)?\.safetensors"
    return re.fullmatch(part, PurePosixPath(file).name) is not None


def _file(sibling: Any) -> HubFile:
    checksum = sibling.lfs.sha256 if sibling.lfs else ""
    git_id = "" if checksum else str(sibling.blob_id or "")
    return HubFile(sibling.rfilename, int(sibling.size or 0), checksum, git_id)


def _licence(info: Any) -> str:
    card = info.card_data
    named = (getattr(card, "license_name", None) or "") if card else ""
    licence = (getattr(card, "license", None) or "") if card else ""
    if isinstance(licence, list):
        licence = ", ".join(map(str, licence))
    return str(named if licence in ("", "other") and named else licence)


def _parameters(info: Any) -> int:
    return int(info.safetensors.total) if info.safetensors is not None else 0


def _description(
    found: Mapping[str, HubFile], name: str, revision: str, file: str, form: type
) -> Any:
    """A small JSON file of the model, None if it has none such. Raises `ModelError`."""
    if file not in found or found[file].size > MOST_SMALL_BYTES:
        return None
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(name, file, revision=revision)
    with hub_errors(name):
        answer = get_session().get(
            url, headers=build_hf_headers(), follow_redirects=True, timeout=TIMEOUT
        )
        answer.raise_for_status()
    with suppress(ValueError, RecursionError):
        value = json.loads(answer.content)
        if isinstance(value, form):
            return value
    raise ModelError(f"{file} of {name} is damaged on the hub; choose another model")


@contextmanager
def hub_errors(name: str) -> Iterator[None]:
    """What the hub's client raises, in words; its transport's errors have no common base."""
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise ModelError(f"{name} cannot be fetched: HF_HUB_OFFLINE is set") from None
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} asks for an agreement first; visit it on huggingface.co, and sign in with hf "
            "auth login"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{name} has no such revision on huggingface.co; check it") from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise ModelError(
            f"there is no model {name} here or on huggingface.co; check its spelling"
        ) from None
    except (CounterpartError, Cancelled, GeneratorExit):
        raise
    except Exception as error:
        if not is_transport_error(error) and not isinstance(error, errors.HfHubHTTPError):
            raise
        said = " ".join(str(error).split())[:100] or type(error).__name__
        raise ModelError(
            f"huggingface.co cannot be reached for {name} ({said}); try later"
        ) from error


def is_transport_error(error: Exception) -> bool:
    """Whether the connection failed, rather than the hub having said no."""
    return type(error).__module__.partition(".")[0] in _TRANSPORT or isinstance(
        error, ConnectionError | TimeoutError
    )
