"""Under which fingerprints vectors of an encoder may be kept, on whatever device they were made.

Only what lies in the folder decides: nothing is loaded, so a model that is too large for this
machine, or a damaged one, can be asked about as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from engine.errors import ModelError
from engine.models import outside
from engine.models.catalogue import runs_here
from engine.models.encoder import BertEncoder


def marks_of(folder: Path) -> frozenset[str]:
    """The fingerprints of the encoder in a folder; none if it holds no model."""
    try:
        if runs_here("encoder", folder):
            return BertEncoder.marks(folder)
        return outside.encoder_marks(folder)
    except (ModelError, OSError):
        return frozenset()


def marks_apart(marks: Collection[str], folders: Iterable[Path]) -> frozenset[str]:
    """Those of some fingerprints that the encoders in `folders` do not have."""
    left = frozenset(marks)
    for folder in folders:
        if not left:
            break
        left -= marks_of(folder)
    return left
