"""What can be done with models: list, look up, download, choose, remove."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ModelError
from engine.job import Job
from engine.models.background import in_background
from engine.models.catalogue import (
    BUNDLED,
    ModelChoice,
    ModelRole,
    is_hub_id,
    named_folder,
    runs_here,
)
from engine.models.device import choose_device
from engine.models.download import download
from engine.models.hub import look_up
from engine.models.listing import list_models, plan_of
from engine.models.offers import find_offer
from engine.models.pair import ROLES, ModelPair
from engine.models.shelf import ModelShelf
from engine.types import Progress
from engine.types_models import ModelInfo, ModelListing, ModelPlan, RuntimeTrial


class ModelDesk:
    """Works on the models in use and on those that were downloaded; keeps nothing itself."""

    def __init__(self, pair: ModelPair, shelf: ModelShelf) -> None:
        self._pair = pair
        self._shelf = shelf

    def listing(self) -> Job[tuple[ModelListing, ...]]:
        """Every model one can choose, and whether it fits."""
        yield Progress("looking at the device", 0, None)
        in_use = {role: self._pair.in_use(role) for role in ROLES}
        return list_models(self._shelf, in_use, choose_device())

    def plan(self, role: ModelRole, name: str, *, ask: bool) -> Job[ModelPlan]:
        """See `Engine.plan_model`."""
        yield Progress("looking at the device", 0, None)
        choice = self._choice(role, name)
        return (yield from plan_of(choice, self._shelf, choose_device(), ask=ask))

    def download(self, role: ModelRole, name: str) -> Job[ModelPlan]:
        """See `Engine.download_model`."""
        choice = self._choice(role, name)
        try:
            choice.folder()
        except ModelError:
            if not is_hub_id(choice.name):
                raise
            offer = find_offer(role, choice.name)
            revision = offer.revision if offer else ""
            progress = Progress("asking huggingface.co", 0, None, choice.name)
            found = yield from in_background(
                lambda _: look_up(choice.name, revision), lambda: progress
            )
            yield from download(found, role, self._shelf)
        return (yield from self.plan(role, name, ask=False))

    def choose(
        self, role: ModelRole, name: str, *, anyway: bool = False
    ) -> Job[tuple[ModelInfo, ...]]:
        """See `Engine.choose_model`."""
        return (yield from self._pair.choose(self._choice(role, name), anyway=anyway))

    def measure_runtimes(self, cache: Path) -> Job[tuple[RuntimeTrial, ...]]:
        """See `Engine.measure_runtimes`. Models that no runtime of ours computes are left out."""
        from engine.models.calibration import best, calibrate

        found: list[RuntimeTrial] = []
        for role in ROLES:
            folder = self._choice(role, self._pair.in_use(role)).folder()
            if not runs_here(role, folder):
                continue
            trials = yield from calibrate(folder, cache)
            winner = best(trials)
            found += [
                RuntimeTrial(role, t.runtime, t.tokens_per_second, t.fidelity, t.runtime is winner)
                for t in trials
            ]
        return tuple(found)

    def remove(self, name: str) -> None:
        """See `Engine.remove_model`."""
        roles = [role for role in ROLES if self._pair.is_chosen(role, name)]
        if roles:
            raise ModelError(
                f"{name} is in use as the {roles[0]}; choose another one before removing it"
            )
        self._shelf.remove(name)

    def _choice(self, role: ModelRole, name: str) -> ModelChoice:
        name = name.strip() or BUNDLED
        if name != BUNDLED and (folder := named_folder(name)) is not None:
            name = str(folder.resolve())  # the choice outlives the folder one is in
        return ModelChoice(role, name, self._shelf)
