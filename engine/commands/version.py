"""`counterpart --version`. Imports nothing that takes long: scripts ask it before anything else."""

from __future__ import annotations

import argparse
from importlib.metadata import PackageNotFoundError, version

from engine.commands.output import print_json
from engine.errors import UserError


def run(arguments: argparse.Namespace) -> int:
    """Print the version of the installed package. Raises `UserError` if there is none."""
    try:
        found = version("counterpart")
    except PackageNotFoundError:
        raise UserError(
            "the version is that of the installed package, and none is installed; pip install ."
        ) from None
    if arguments.json:
        print_json({"version": found})
    else:
        print(f"counterpart {found}")
    return 0
