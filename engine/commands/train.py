"""`counterpart train`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from engine.cli import INTERRUPTED
from engine.commands.output import print_json


def run(arguments: argparse.Namespace) -> int:
    """Train as a recipe says; an interrupted run goes on with the same command."""
    from engine.learning.train import train

    outcome = train(arguments)
    if arguments.json:
        print_json({**asdict(outcome), "model": str(arguments.run / "model")})
    return 0 if outcome.finished else INTERRUPTED
