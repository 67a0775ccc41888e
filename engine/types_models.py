"""The frozen dataclasses of models: what is loaded, what there is to choose, how things stand.

Apart from `engine.types` for its length only; as cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.types_corpora import CorpusInfo


class ModelState(StrEnum):
    """Where a model stands."""

    WAITING = "waiting"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


MEASURING = "measuring how close things are"
"""The stage of `Progress` while the scale of an encoder's similarities is found out."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One of the two models in words: what it is, where it runs, how it fares."""

    role: str  # encoder or cross-encoder
    name: str  # bundled, a Hugging Face id or a folder
    state: ModelState
    device: str = ""
    precision: str = ""
    fingerprint: str = ""
    problem: str = ""
    measured: bool = True  # whether it is known on which scale an encoder's similarities are


@dataclass(frozen=True, slots=True)
class RuntimeTrial:
    """What one CPU runtime did with a model, and whether it was the best of them."""

    role: str  # encoder or cross-encoder
    runtime: str
    tokens_per_second: float
    fidelity: float  # correlation with full precision, at most 1
    best: bool


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model of the catalogue. What is 0 or empty is not known before the hub is asked."""

    name: str  # bundled, or a Hugging Face id
    role: str  # encoder or cross-encoder
    group: str  # bundled, small or large
    purpose: str
    licence: str
    commercial: bool  # whether the licence allows commercial use
    parameters: int
    dimension: int = 0  # of an encoder's vectors
    most_tokens: int = 0  # what the model itself can read of a text
    size: int = 0  # bytes to download
    revision: str = ""  # empty: the latest


class ModelPlace(StrEnum):
    """How much of a model is on this machine."""

    HERE = "here"
    PARTIAL = "partial"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A model one can choose: of the catalogue, downloaded before, or in use."""

    name: str
    role: str
    group: str  # bundled, small, large or own
    place: ModelPlace
    in_use: bool
    purpose: str = ""
    licence: str = ""
    commercial: bool = True
    parameters: int = 0
    dimension: int = 0
    most_tokens: int = 0
    size: int = 0  # bytes to download, 0 if the hub has to be asked
    here: int = 0  # bytes on this machine
    folder: str = ""
    revision: str = ""
    removable: bool = False  # it was downloaded by Counterpart
    memory: int = 0  # bytes it takes to run here, 0 if not known
    free: int | None = None  # bytes of the device that are free, None if not known

    @property
    def fits(self) -> bool:
        """Whether it fits into what is free, as far as that is known."""
        return self.free is None or self.memory <= self.free


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What getting and running one model would take; nothing is fetched for knowing it.

    `missing` is how many of its `size` bytes would have to be downloaded.
    """

    name: str
    role: str
    revision: str
    licence: str  # as the hub says; empty if it does not
    commercial: bool
    parameters: int
    size: int
    missing: int
    disk: int  # bytes free where it would go
    memory: int
    free: int | None
    device: str

    @property
    def fits(self) -> bool:
        """Whether it fits into what is free, as far as that is known."""
        return self.free is None or self.memory <= self.free


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What `counterpart doctor` prints."""

    versions: Mapping[str, str]
    device: str
    models: tuple[ModelInfo, ...]
    paths: Mapping[str, str]
    store: str  # "ok" or one line of trouble
    corpora: tuple[CorpusInfo, ...]
    problems: tuple[str, ...] = ()
