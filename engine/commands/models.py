"""`counterpart models`."""

from __future__ import annotations

import argparse
import sys

from engine.commands.output import print_json
from engine.commands.session import finish, open_engine
from engine.models.catalogue import ModelRole
from engine.types import ModelInfo


def run(arguments: argparse.Namespace) -> int:
    """Load what was chosen and keep the choice; then show both models."""
    chosen: tuple[tuple[ModelRole, str | None], ...] = (
        ("encoder", arguments.encoder),
        ("cross-encoder", arguments.cross_encoder),
    )
    with open_engine(arguments) as engine:
        for role, name in chosen:
            if name is not None:
                finish(engine.choose_model(role, name, allow_download=arguments.allow_download))
        models = finish(engine.load_models())
    if arguments.encoder is not None:
        print("corpora get vectors of this encoder when they are next indexed", file=sys.stderr)
    if arguments.json:
        print_json(models)
    else:
        for model in models:
            print(_line(model))
    return 1 if any(model.problem for model in models) else 0


def _line(model: ModelInfo) -> str:
    where = " · ".join(part for part in (model.device, model.precision) if part)
    return f"{model.role:14} {model.name}  {model.problem or where or model.state}"
