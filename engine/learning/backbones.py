"""Any Hugging Face encoder as the start of a training, without dropout.

Dropout's random numbers cost a third of a step on a CPU, and the views of a text already vary;
gradient caching, too, needs both of its passes to agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PretrainedConfig,
)

from engine.errors import ModelError
from engine.learning.replicas import training_device

_DROPOUTS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "classifier_dropout",
    "attention_dropout",
    "embedding_dropout",
    "mlp_dropout",
    "dropout",
    "seq_classif_dropout",
)
_OFFSET = frozenset({"roberta", "xlm-roberta", "camembert", "mpnet"})
_ENDLESS = 1 << 30  # positions that are computed, not learned
_POOLED = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "mpnet"})


def backbone(folder: Path) -> nn.Module:
    """The encoder in `folder`, in float32, without a pooler. Raises `ModelError`."""
    config = _config(folder)
    options = {"add_pooling_layer": False} if config.model_type in _POOLED else {}
    return _load(AutoModel, folder, config, options)


def classifier(folder: Path, new_head: bool = True) -> nn.Module:
    """The encoder in `folder` with a linear head of one output, in float32. Raises `ModelError`.

    A head that the folder does not have is new, or an error where no `new_head` is wanted.
    """
    config = _config(folder)
    config.num_labels = 1
    return _load(AutoModelForSequenceClassification, folder, config, {}, new_head)


def tokenizer(folder: Path) -> Any:
    """The folder's tokenizer. Raises `ModelError`."""
    _config(folder)
    try:
        found = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # any tokenizer's loader may raise anything
        raise ModelError(f"{folder} has no tokenizer that can be read ({_line(error)})") from None
    if found.pad_token is None:  # texts of a batch are of different lengths
        raise ModelError(f"the tokenizer in {folder} has no token for padding; give an encoder")
    return found


def longest(folder: Path) -> int:
    """The most tokens that the model in `folder` has positions for. Raises `ModelError`."""
    config = _config(folder)
    try:
        positions = int(getattr(config, "max_position_embeddings", 0) or _ENDLESS)
        if config.model_type in _OFFSET:  # they count from behind the padding's number
            positions -= int(config.pad_token_id or 0) + 1
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(
            f"{folder}/config.json has an impossible number ({_line(error)}); get the model again"
        ) from None
    return positions if positions > 0 else _ENDLESS


def _config(folder: Path) -> PretrainedConfig:
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # any configuration's checks may raise anything
        raise ModelError(f"{folder} is no Hugging Face model folder ({_line(error)})") from None
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(f"{folder} is an encoder with a decoder; give an encoder alone")
    for name in _DROPOUTS:
        if hasattr(config, name):
            setattr(config, name, 0.0)
    return config


def _load(
    kind: Any,
    folder: Path,
    config: PretrainedConfig,
    options: dict[str, Any],
    new_head: bool = False,
) -> nn.Module:
    try:
        model, report = kind.from_pretrained(
            folder,
            output_loading_info=True,
            config=config,
            use_safetensors=True,
            trust_remote_code=False,
            # On a CPU eager is faster at these lengths.
            attn_implementation="eager" if training_device().type == "cpu" else "sdpa",
            **options,
        )
    except Exception as error:  # any architecture's loader may raise anything
        why = _line(error)
        if "ignore_mismatched_sizes" in why:  # it speaks of a report that is not shown
            why = "its weights are of other shapes than its config.json says"
        raise ModelError(
            f"{folder} cannot be the start of a training ({why}); give an encoder in safetensors"
        ) from None
    _refuse_random(folder, report["missing_keys"], f"{model.base_model_prefix}.", new_head)
    _refuse_no_numbers(folder, model)
    found: nn.Module = model.float()  # an export's half precision would overflow in AdamW
    return found


def _refuse_no_numbers(folder: Path, model: nn.Module) -> None:
    """Weights of a run that diverged, or that were damaged: every step would be in vain."""
    bad = (name for name, weight in model.named_parameters() if not weight.isfinite().all())
    if (name := next(bad, None)) is not None:
        raise ModelError(f"{folder}: {name} holds what is no number; get the model again")


def _refuse_random(folder: Path, missing: Iterable[str], body: str, new_head: bool) -> None:
    """What a folder lacks is drawn at random: only of a new head is that what was asked for."""
    drawn = [name for name in missing if "pooler" not in name]
    if new_head:
        drawn = [name for name in drawn if name.startswith(body)]
    if drawn:
        others = f" and {len(drawn) - 1:,} more" if len(drawn) > 1 else ""
        raise ModelError(f"{folder} lacks the weights {min(drawn)}{others}; give a whole model")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
