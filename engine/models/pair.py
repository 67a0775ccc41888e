"""The two models in use: chosen in the settings, loaded once, their state in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.errors import ModelError, UserError
from engine.job import Job
from engine.models.background import STEP, in_background
from engine.models.catalogue import (
    BUNDLED,
    ModelChoice,
    ModelRole,
    load_cross_encoder,
    load_encoder,
    memory_needed,
)
from engine.models.device import Device, default_rerank_depth
from engine.models.memory import refuse_if_too_large
from engine.models.own_closeness import AS_IT_IS, kept_at, read_closeness
from engine.models.runtime import device_of
from engine.models.shelf import ModelShelf
from engine.settings import Settings
from engine.types import Progress
from engine.types_models import MEASURING, ModelInfo, ModelState

if TYPE_CHECKING:
    from engine.models.cross_encoder import CrossEncoder
    from engine.models.encoder import Encoder

M = TypeVar("M")

ROLES: tuple[ModelRole, ...] = ("encoder", "cross-encoder")

_ANYWAY = "memory-unchecked"
"""The setting with the names of models that are tried although they seem not to fit."""


def choice_of(settings: Settings, role: ModelRole, shelf: ModelShelf | None = None) -> ModelChoice:
    """What the settings say about one stage (`encoder`, `cross-encoder`)."""
    name = settings.get(role, BUNDLED)
    return ModelChoice(role, name if isinstance(name, str) and name else BUNDLED, shelf)


class ModelPair:
    """The encoder and the cross-encoder, as far as they are loaded.

    A model that cannot be loaded leaves its place None and its reason in `infos`: search goes on
    with what there is. `former_encoder` is the one in use before the present one was chosen: its
    vectors serve until there are new ones. The folder `runtimes` says which runtime is the fastest
    here, `cache` holds the scales of encoders (`engine.closeness`).
    """

    def __init__(
        self,
        settings: Settings,
        shelf: ModelShelf | None = None,
        runtimes: Path | None = None,
        cache: Path | None = None,
    ) -> None:
        self._settings = settings
        self._shelf = shelf
        self._runtimes = runtimes
        self._cache = cache
        self._measuring: set[str] = set()  # encoders whose scale is being found out
        self._infos = {
            role: ModelInfo(role, choice_of(settings, role).name, ModelState.WAITING)
            for role in ROLES
        }
        self.encoder: Encoder | None = None
        self.former_encoder: Encoder | None = None
        self.cross_encoder: CrossEncoder | None = None

    @property
    def infos(self) -> tuple[ModelInfo, ...]:
        """Where both models stand."""
        encoder, cross_encoder = (self._infos[role] for role in ROLES)
        measured = self.encoder is None or self.encoder.closeness is not None
        return (replace(encoder, measured=measured), cross_encoder)

    @property
    def rerank_depth(self) -> int:
        """How many candidates are reranked unless the query says otherwise."""
        return default_rerank_depth(self.cross_encoder.device) if self.cross_encoder else 0

    def load(self) -> Job[tuple[ModelInfo, ...]]:
        """Load what is not loaded yet, torch first, in steps."""
        if all(info.state is ModelState.READY for info in self.infos):
            return self.infos
        yield Progress("loading models", 0, 3, "starting PyTorch")
        device = device_of(self._settings, self._runtimes)
        yield Progress("loading models", 0, 3, "starting FAISS")
        import faiss  # noqa: F401 - here, so that the first search does not wait for it

        for step, role in enumerate(ROLES, start=1):
            progress = Progress("loading models", step, 3, f"reading the {role}")
            while self._infos[role].state is ModelState.LOADING:  # by another job
                time.sleep(STEP)
                yield progress
            if self._infos[role].state is ModelState.READY:
                continue
            self._note(role, ModelState.LOADING)
            yield progress
            choice = choice_of(self._settings, role, self._shelf)
            try:
                yield from self._load(choice, device, progress)
            except ModelError as error:
                self._note(role, ModelState.FAILED, problem=str(error))
            finally:
                if self._infos[role].state is ModelState.LOADING:  # the job was closed
                    self._note(role, ModelState.WAITING)
        return self.infos

    def measure_closeness(self) -> Job[None]:
        """Find out on which scale the similarities of the encoder in use are, if it is not known.

        Ends early when another encoder is chosen. Where it cannot be found out, they count as they
        are, as long as this process runs.
        """
        from engine.closeness import closeness_of  # few need it, and it reads half of the engine

        encoder = self.encoder
        if encoder is None or encoder.closeness is not None or self._cache is None:
            return
        while encoder.fingerprint in self._measuring:  # by another job
            time.sleep(STEP)
            yield Progress(MEASURING, 0, None)
        if encoder.closeness is not None:
            return
        self._measuring.add(encoder.fingerprint)
        job = closeness_of(encoder, self._cache)
        try:
            while self.encoder is encoder:
                yield next(job)
        except StopIteration as end:
            encoder.closeness = end.value
        except UserError:
            encoder.closeness = AS_IT_IS
        finally:
            job.close()
            self._measuring.discard(encoder.fingerprint)

    def choose(self, choice: ModelChoice, *, anyway: bool = False) -> Job[tuple[ModelInfo, ...]]:
        """Load another model for one stage, and keep the choice once it has been loaded.

        The model that was there stays if the other one cannot be loaded, or, unless it is to be
        tried `anyway`, takes more memory than is free. Raises `ModelError`.
        """
        progress = Progress("loading models", 0, 1, f"reading {choice.name}")
        yield progress
        while self._infos[choice.role].state is ModelState.LOADING:  # it would take its place
            time.sleep(STEP)
            yield progress
        before = self.encoder
        device = device_of(self._settings, self._runtimes)
        yield from self._load(choice, device, progress, anyway=anyway)
        if choice.role == "encoder" and before is not None:
            same = self.encoder is not None and self.encoder.fingerprint == before.fingerprint
            self.former_encoder = None if same else before
        self._settings.set(choice.role, None if choice.name == BUNDLED else choice.name)
        self._remember_unchecked(choice.name, anyway or choice.name in self._unchecked())
        return self.infos

    def release_former(self) -> None:
        """Let go of the encoder that was in use before: the present one has all its vectors."""
        self.former_encoder = None

    def in_use(self, role: ModelRole) -> str:
        """The name of the model chosen for one stage."""
        return choice_of(self._settings, role).name

    def is_chosen(self, role: ModelRole, name: str) -> bool:
        """Whether a model is the one chosen for a stage, here or meanwhile by another process."""
        return name in (self.in_use(role), self._settings.now(role, BUNDLED))

    def _load(
        self, choice: ModelChoice, device: Device, progress: Progress, *, anyway: bool = False
    ) -> Job[None]:
        role = choice.role
        if choice.name != BUNDLED and not anyway and choice.name not in self._unchecked():
            needed = memory_needed(choice.folder(), role, device)
            refuse_if_too_large(choice.name, needed, device)
        model: Encoder | CrossEncoder
        if role == "encoder":
            encoder = yield from _aside(choice, load_encoder, device, progress)
            if encoder.closeness is None and self._cache is not None:  # measured earlier?
                encoder.closeness = read_closeness(kept_at(self._cache, encoder.fingerprint))
            model = self.encoder = encoder
        else:
            model = self.cross_encoder = yield from _aside(
                choice, load_cross_encoder, device, progress
            )
        self._infos[role] = ModelInfo(
            role,
            choice.name,
            ModelState.READY,
            model.device.name,
            model.device.precision,
            model.fingerprint,
        )

    def _unchecked(self) -> list[str]:
        return _names(self._settings.get(_ANYWAY))

    def _remember_unchecked(self, name: str, anyway: bool) -> None:
        def changed(names: object) -> list[str] | None:
            others = [other for other in _names(names) if other != name]
            return ([*others, name] if anyway else others) or None

        if anyway or name in self._unchecked():
            self._settings.change(_ANYWAY, changed)  # which another process may have added to

    def _note(self, role: ModelRole, state: ModelState, problem: str = "") -> None:
        name = choice_of(self._settings, role).name
        self._infos[role] = replace(self._infos[role], name=name, state=state, problem=problem)


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _aside(
    choice: ModelChoice,
    load: Callable[[ModelChoice, Device], M],
    device: Device,
    progress: Progress,
) -> Job[M]:
    """Load a model; a large one on a thread, so that searches are answered meanwhile."""
    if choice.name == BUNDLED:
        return load(choice, device)
    return (yield from in_background(lambda _stop: load(choice, device), lambda: progress))
