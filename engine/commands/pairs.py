"""`counterpart pairs …`: hands over to the module of the command below it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from engine.commands.pairs_arguments import COMMANDS


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands below `pairs`."""
    run_command: Callable[[argparse.Namespace], int]
    run_command = import_module(COMMANDS[arguments.pairs_command]).run
    return run_command(arguments)
