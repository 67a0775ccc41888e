"""Words for argparse that may not be empty: a shell's unset variable is no name and no place."""

from __future__ import annotations

import argparse
from pathlib import Path


def given(text: str) -> str:
    """A name or a place that is there at all."""
    if not text.strip():
        raise argparse.ArgumentTypeError("what is given is empty; leave it out, or say what")
    return text


def place(text: str) -> Path:
    """A path. An empty one would be the present folder, which nobody has named."""
    return Path(given(text))
