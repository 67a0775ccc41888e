"""The user's settings: one JSON object in one file.

A write replaces the whole file at once, so a crash leaves the old or the new settings, never
half of them. One process writes at a time, on top of what the others wrote. Keys that this version
does not know are kept for the version that does. A file that is not a JSON object is moved aside,
not overwritten.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import DiskError

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing, which takes it milliseconds."""


class Settings:
    """The settings in `path`, read when first asked for.

    `problem` is one line about a damaged file that was moved aside, empty when all is well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock")
        self._values: dict[str, Any] | None = None
        self.problem = ""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` if it was never set."""
        if self._values is None:
            self._values = self._read()
        return self._values.get(key, default)

    def now(self, key: str, default: Any = None) -> Any:
        """The value of `key` in the file as it is now, which another instance may have set."""
        return self._read().get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Set `key` to a JSON value and write the file; None removes the key.

        What other processes have set is kept. Raises `DiskError` if the file cannot be written,
        `TypeError` if `value` is not JSON.
        """
        self.change(key, lambda _: value)

    def change(self, key: str, new: Callable[[Any], Any]) -> None:
        """Set `key` to what `new` makes of its value in the file (None if it was never set).

        No other process can set it in between. Raises as `set` does.
        """
        with self._alone():
            values = self._read()
            value = new(values.get(key))
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
            self._write(json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
            self._values = values

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing; may be entered again. Raises `DiskError`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=_PATIENCE, poll_interval=0.01)
        except Timeout:
            raise DiskError(
                f"{self._path} is being written by another Counterpart; try again in a moment"
            ) from None
        except OSError as error:
            raise self._not_written(error) from error
        try:
            yield
        finally:
            self._lock.release()

    def _read(self) -> dict[str, Any]:
        values = self._parsed()
        if values is None:
            with self._alone():  # whoever else found the damage may have begun a new file
                values = self._parsed()
                if values is None:
                    self._move_aside()
                    values = {}
        return values

    def _parsed(self) -> dict[str, Any] | None:
        """What the file holds; None if that is not a JSON object."""
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DiskError(
                f"cannot read {self._path}: {error.strerror or error}; check its permissions"
            ) from error
        except ValueError:  # not JSON, or not UTF-8
            return None
        return values if isinstance(values, dict) else None

    def _move_aside(self) -> None:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        kept = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        try:
            self._path.rename(kept)
        except OSError as error:
            raise DiskError(
                f"{self._path} is damaged and cannot be moved aside: {error.strerror or error}"
            ) from error
        self.problem = f"the settings were damaged and start afresh; the old file is {kept}"

    def _write(self, text: str) -> None:
        temporary: str | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(
                dir=self._path.parent, prefix=f"{self._path.name}.", suffix=".tmp"
            )
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        except OSError as error:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> DiskError:
        return DiskError(
            f"cannot write {self._path}: {error.strerror or error}; "
            "free some space or choose another folder with --basedir"
        )
