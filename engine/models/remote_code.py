"""Models that bring code of their own are refused: nothing that comes with weights is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import ModelError

_LIBRARY = "sentence_transformers."


def refuse_remote_code(name: str, config: Mapping[str, Any], modules: Any) -> None:
    """Raise `ModelError` if a model could only be loaded by running code that comes with it.

    `config` and `modules` are its `config.json` and `modules.json`. A model may bring code and yet
    not need it, once transformers has taken its architecture in; then ours is what runs.
    """
    foreign = _foreign_module(modules)
    if foreign or (config.get("auto_map") and not _is_known(config.get("model_type"))):
        what = f"its module {foreign}" if foreign else "its architecture"
        raise ModelError(
            f"the model {name} needs code of its own ({what}), which Counterpart does not run; "
            "choose another one"
        )


def _foreign_module(modules: Any) -> str:
    kinds = [entry.get("type") for entry in modules if isinstance(entry, dict)]
    return next((str(kind) for kind in kinds if not str(kind).startswith(_LIBRARY)), "")


def _is_known(model_type: object) -> bool:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return model_type in CONFIG_MAPPING_NAMES
