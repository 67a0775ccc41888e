"""`counterpart train`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from engine.cli import INTERRUPTED
from engine.commands.output import print_json
from engine.commands.train_arguments import check, refuse_recipe


def run(arguments: argparse.Namespace) -> int:
    """Train as a recipe says, or from judgements; what was interrupted goes on the same way."""
    if arguments.from_judgements:
        from engine.commands import finetune

        refuse_recipe(arguments)
        return finetune.run(arguments)
    check(arguments)
    from engine.learning.kept_memory import keep_memory
    from engine.learning.train import train

    keep_memory()
    outcome = train(arguments)
    if arguments.json:
        print_json({**asdict(outcome), "model": str(arguments.run / "model")})
    return 0 if outcome.finished else INTERRUPTED
