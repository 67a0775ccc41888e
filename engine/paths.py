"""Where the user's files live. `--basedir` moves all of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.errors import DataError, DiskError

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
"""The files that ship with Counterpart (read only)."""


def place_of(name: Path | str) -> Path:
    """The place that somebody named; `~` is their home. Raises `DataError` for nobody's home."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise DataError(
            f"{name} begins with the home of a user who is not here; give the whole path"
        ) from None


@dataclass(frozen=True)
class Paths:
    """The folders and files of one installation's user data."""

    base: Path

    @classmethod
    def default(cls, basedir: Path | str | None = None) -> Paths:
        """The user's data folder, or `basedir` if given. Raises `DataError` for nobody's home."""
        if basedir is not None:
            return cls(place_of(basedir).resolve())
        return cls(Path(platformdirs.user_data_dir("counterpart", appauthor=False)))

    @property
    def store(self) -> Path:
        """The SQLite file with judgements and query history."""
        return self.base / "judgements.sqlite"

    @property
    def settings(self) -> Path:
        """The settings file (JSON)."""
        return self.base / "settings.json"

    @property
    def corpora(self) -> Path:
        """The folder with one folder per indexed corpus."""
        return self.base / "corpora"

    @property
    def datasets(self) -> Path:
        """The folder with one folder per imported data set, made when the first one is."""
        return self.base / "datasets"

    @property
    def models(self) -> Path:
        """The folder with one folder per downloaded model, made when the first one is."""
        return self.base / "models"

    @property
    def cache(self) -> Path:
        """Things that can be made again: cached vectors of evaluation corpora."""
        return self.base / "cache"

    @property
    def runtimes(self) -> Path:
        """What is known about the runtimes here, and models in another library's form."""
        return self.cache / "runtimes"

    def make(self) -> None:
        """Create the folders. Raises `DiskError` if that is not possible."""
        try:
            for folder in (self.base, self.corpora, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiskError(
                f"cannot write to {self.base}: {error.strerror or error}; "
                "choose another folder with --basedir"
            ) from error
