"""The two models in use: chosen in the settings, loaded once, their state in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import ModelError
from engine.job import Job
from engine.models.catalogue import (
    BUNDLED,
    ModelChoice,
    ModelRole,
    load_cross_encoder,
    load_encoder,
)
from engine.models.device import Device, choose_device, default_rerank_depth
from engine.settings import Settings
from engine.types import ModelInfo, ModelState, Progress

if TYPE_CHECKING:
    from engine.models.cross_encoder import CrossEncoder
    from engine.models.encoder import Encoder

ROLES: tuple[ModelRole, ...] = ("encoder", "cross-encoder")


def choice_of(settings: Settings, role: ModelRole) -> ModelChoice:
    """What the settings say about one stage (`encoder`, `cross-encoder`, `allow-download`)."""
    name = settings.get(role, BUNDLED)
    return ModelChoice(
        role,
        name if isinstance(name, str) and name else BUNDLED,
        allow_download=settings.get("allow-download", False) is True,
    )


class ModelPair:
    """The encoder and the cross-encoder, as far as they are loaded.

    A model that cannot be loaded leaves its place None and its reason in `infos`: search goes on
    with what there is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._infos = {
            role: ModelInfo(role, choice_of(settings, role).name, ModelState.WAITING)
            for role in ROLES
        }
        self.encoder: Encoder | None = None
        self.cross_encoder: CrossEncoder | None = None

    @property
    def infos(self) -> tuple[ModelInfo, ...]:
        """Where both models stand."""
        return tuple(self._infos.values())

    @property
    def rerank_depth(self) -> int:
        """How many candidates are reranked unless the query says otherwise."""
        return default_rerank_depth(self.cross_encoder.device) if self.cross_encoder else 0

    def load(self) -> Job[tuple[ModelInfo, ...]]:
        """Load what is not loaded yet, torch first, in steps."""
        if all(info.state is ModelState.READY for info in self.infos):
            return self.infos
        yield Progress("loading models", 0, 3, "starting PyTorch")
        device = choose_device()
        yield Progress("loading models", 0, 3, "starting FAISS")
        import faiss  # noqa: F401 - here, so that the first search does not wait for it

        for step, role in enumerate(ROLES, start=1):
            if self._infos[role].state is ModelState.READY:
                continue
            self._note(role, ModelState.LOADING)
            yield Progress("loading models", step, 3, f"reading the {role}")
            try:
                self._load(choice_of(self._settings, role), device)
            except ModelError as error:
                self._note(role, ModelState.FAILED, problem=str(error))
        return self.infos

    def choose(self, choice: ModelChoice) -> Job[tuple[ModelInfo, ...]]:
        """Load another model for one stage, and keep the choice once it has been loaded.

        The model that was there stays if the other one cannot be loaded. Raises `ModelError`.
        """
        yield Progress("loading models", 0, 1, f"reading {choice.name}")
        self._load(choice, choose_device())
        self._settings.set(choice.role, None if choice.name == BUNDLED else choice.name)
        return self.infos

    def _load(self, choice: ModelChoice, device: Device) -> None:
        role = choice.role
        model: Encoder | CrossEncoder
        if role == "encoder":
            model = self.encoder = load_encoder(choice, device)
        else:
            model = self.cross_encoder = load_cross_encoder(choice, device)
        self._infos[role] = ModelInfo(
            role,
            choice.name,
            ModelState.READY,
            model.device.name,
            model.device.precision,
            model.fingerprint,
        )

    def _note(self, role: ModelRole, state: ModelState, problem: str = "") -> None:
        name = choice_of(self._settings, role).name
        self._infos[role] = replace(self._infos[role], name=name, state=state, problem=problem)
