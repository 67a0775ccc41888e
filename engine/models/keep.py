"""Files that can be made again, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engine.errors import DiskError


def keep_file(path: Path, content: bytes) -> None:
    """Replace `path` at once, making its folder. Raises `DiskError`."""
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise DiskError(
            f"cannot write {path}: {error.strerror or error}; free some space"
        ) from error
