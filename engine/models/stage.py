"""Which of the two stages a model folder is made for, as far as its descriptions say so.

Both kinds of model are a network of the same form, and either loads as the other: a cross-encoder's
states give vectors, only poor ones. So what a folder is has to be read, not tried.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import ModelError
from engine.models.folder import read_json
from engine.models.outside import read_modules

SERVES_BOTH = "counterpart_serves_both_stages"
"""The key of `config.json` that says so of a model trained as both (a `shared` recipe)."""

_WHAT = {
    "encoder": "an encoder, which gives vectors and scores no pairs",
    "cross-encoder": "a cross-encoder, which scores pairs and gives no vectors",
}


def refuse_other_stage(role: str, folder: Path, name: str) -> None:
    """Raise `ModelError` if the model in a folder is one for the other stage."""
    made_for = _made_for(folder)
    if made_for and made_for != role:
        article = "an" if role == "encoder" else "a"
        raise ModelError(
            f"the model {name} is {_WHAT[made_for]}; use it as the {made_for}, or choose "
            f"{article} {role}"
        )


def _made_for(folder: Path) -> str:
    """`encoder`, `cross-encoder`, or nothing where it is both or the folder does not say."""
    config = read_json(folder / "config.json")
    if config.get(SERVES_BOTH) is True:
        return ""
    stated = folder / "config_sentence_transformers.json"
    kind = read_json(stated).get("model_type") if stated.is_file() else None
    if kind == "CrossEncoder":  # pools too, if it has modules of its own
        return "cross-encoder"
    if kind == "SentenceTransformer" or _pools(folder):
        return "encoder"
    architectures = config.get("architectures")
    names = architectures if isinstance(architectures, list) else []
    classifies = any(str(name).endswith("ForSequenceClassification") for name in names)
    return "cross-encoder" if classifies else ""


def _pools(folder: Path) -> bool:
    parts = (part for part in read_modules(folder) if isinstance(part, dict))
    return any(str(part.get("type")).rpartition(".")[2] == "Pooling" for part in parts)
