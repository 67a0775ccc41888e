"""The part of the façade that training needs: negatives, fine-tuning, versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import DataError, ModelError
from engine.job import Job
from engine.models.catalogue import BUNDLED, ModelChoice, ModelRole
from engine.models.pair import choice_of
from engine.models.shelf import ModelShelf
from engine.paths import place_of
from engine.types import JudgementDraft
from engine.types_models import ModelInfo
from engine.types_training import (
    CurvePoint,
    MiningOptions,
    MiningReport,
    TrainingEstimate,
    TrainingOutlook,
    TrainingSpec,
    Version,
)

if TYPE_CHECKING:
    from engine.judgements.store import JudgementStore
    from engine.learning.finetune import Workshop
    from engine.learning.versions import Versions
    from engine.library import Library
    from engine.models.desk import ModelDesk
    from engine.models.pair import ModelPair
    from engine.paths import Paths
    from engine.settings import Settings

ROLES: tuple[ModelRole, ...] = ("encoder", "cross-encoder")
FORMER = "former-models"
"""The setting that holds what was in use before the last version was activated."""


class TrainingMethods:
    """What a user can ask for when training."""

    paths: Paths
    _settings: Settings

    if TYPE_CHECKING:  # of the engine

        @property
        def _store(self) -> JudgementStore: ...

        @property
        def _library(self) -> Library: ...

        @property
        def _models(self) -> ModelPair: ...

        @property
        def _model_desk(self) -> ModelDesk: ...

    def mine_negatives(self, options: MiningOptions, path: str = "") -> Job[MiningReport]:
        """Mine hard negatives for the judged queries; with a path, write them there as well."""
        from dataclasses import replace

        from engine.learning import mine, mine_formats
        from engine.learning.finetune import judged, source_of

        mine.check(options)
        queries = judged(self._workshop, options)
        if not queries:
            where = f" in {options.corpus}" if options.corpus else ""
            raise DataError(f"nothing is judged{where} yet: counterpart judge new makes a queue")
        place = place_of(path)
        if path:
            mine_formats.check_place(place)
        for corpus in sorted({query.query.corpus for query in queries}):
            yield from self._library.prepare(corpus)
        yield from self._models.load()
        mined = yield from mine.mine(
            queries,
            lambda corpus: source_of(self._library, corpus, self._models.cross_encoder),
            options,
        )
        report = mine.report(mined, options)
        if not path:
            return report
        if next(mine_formats.rows_of(mined.queries, options), None) is None:
            raise DataError(
                f"there is no row to write: none of {len(queries)} judged queries has a counterpart"
                f" and enough negatives; {place} is left as it was"
            )
        rows = mine_formats.write(place, mined.queries, options)
        return replace(report, path=str(place), rows=rows)

    def reject_negative(self, draft: JudgementDraft) -> None:
        """Keep that something mined as a negative is right after all, as a judgement."""
        self._store.judge(draft, str(self._settings.get("judge", "")))

    def training_outlook(self, spec: TrainingSpec) -> TrainingOutlook:
        """What there is to train on, and whether that is enough."""
        from engine.learning.finetune_outlook import outlook
        from engine.models.device import choose_device

        return outlook(self._workshop, spec, choose_device().name)

    def training_estimate(self, spec: TrainingSpec) -> Job[TrainingEstimate]:
        """How long a training would take, from a few steps and searches; some ten seconds."""
        from engine.learning.finetune_outlook import estimate

        yield from self._models.load()
        return (yield from estimate(self._workshop, spec))

    def unfinished_trainings(self) -> list[str]:
        """The names of trainings that were stopped, the newest first.

        Not what is left of one that has become a version, if it could not be cleared away: who
        removes it by its name would lose the version.
        """
        from engine.learning.finetune_folder import unfinished

        finished = {version.name for version in self.versions()}
        return [name for name in unfinished(self._work) if name not in finished]

    def begun_training(self, name: str) -> TrainingSpec | None:
        """What an unfinished training was begun with, and goes on with; None if there is none."""
        from engine.learning.finetune_plan import read_plan, spec_of

        if name not in self.unfinished_trainings():
            return None
        return spec_of(read_plan(self._work / name), name)

    def remove_training(self, name: str) -> int:
        """As `remove_version`, of an unfinished training, whose encoder may have been measured.

        Raises `DataError` if there is none, `BusyError` if it runs.
        """
        from engine.learning.finetune_child import model_in
        from engine.learning.finetune_folder import remove_unfinished

        with self._without_vectors(model_in(self._work / name / "encoder")) as freed:
            remove_unfinished(self._work, name)
        return sum(freed)

    def train_from_judgements(self, spec: TrainingSpec) -> Job[Version]:
        """Train a new version and measure it against the models in use; it is not activated."""
        from engine.learning.finetune import finetune

        if spec.name:
            self._versions.check_free(spec.name)  # before the models take their time
        yield from self._models.load()
        return (yield from finetune(self._workshop, spec))

    def training_curve(self, name: str) -> tuple[CurvePoint, ...]:
        """The steps of the stage that an unfinished training is at."""
        from engine.learning.finetune_folder import curve_of

        return curve_of(self._work / name)

    def versions(self) -> list[Version]:
        """The trained versions, the newest first."""
        return self._versions.all(self._in_use())

    def activate_version(self, name: str) -> Job[tuple[ModelInfo, ...]]:
        """Use a version's models from now on; `bundled` stands for what is shipped.

        What was in use before is remembered for `activate_former`. Raises `ModelError`.
        """
        chosen: dict[ModelRole, str]
        if name == BUNDLED:
            chosen = dict.fromkeys(ROLES, BUNDLED)
        else:
            folders = self._versions.get(name, self._in_use()).folders
            chosen = {role: folders[role] for role in ROLES if role in folders}
        return (yield from self._activate(chosen))

    def can_go_back(self) -> bool:
        """Whether `activate_former` has something to go back to."""
        return isinstance(self._settings.get(FORMER), dict)

    def activate_former(self) -> Job[tuple[ModelInfo, ...]]:
        """Go back to what was in use before the last version was activated.

        Raises `ModelError` if none ever was.
        """
        names = self._settings.get(FORMER)
        if not isinstance(names, dict):
            raise ModelError(
                "there is nothing to go back to: no version was activated before, or what was in "
                "use then was removed; activate bundled"
            )
        return (yield from self._activate({r: str(names.get(r, BUNDLED)) for r in ROLES}))

    def remove_version(self, name: str) -> int:
        """Delete a version, and the vectors of its encoder; how many bytes those took.

        Raises `ModelError` if it is in use, in another process too.
        """
        chosen = {f"{role} by now": str(self._settings.now(role, BUNDLED)) for role in ROLES}
        folder = self._versions.folder(name)
        with self._without_vectors(folder / "encoder") as freed:
            self._versions.remove(name, {**self._in_use(), **chosen})
            self._forget_former(folder)
        return sum(freed)

    def _forget_former(self, folder: Path) -> None:
        former = self._settings.get(FORMER)
        if isinstance(former, dict) and any(
            Path(str(model)).is_relative_to(folder) for model in former.values()
        ):
            self._settings.set(FORMER, None)  # it led to what is gone now

    @contextmanager
    def _without_vectors(self, encoder: Path | None, name: str = "") -> Iterator[list[int]]:
        """While the model in a folder is deleted: after that, delete its vectors, too.

        How many bytes they were is put into the list. Vectors of an encoder that can still be used
        stay: of what is shipped, in use or was before, of other versions and downloads, and of the
        one of that name if another program has it as well.
        """
        from engine.models.marks import marks_apart, marks_of

        marks = marks_of(encoder) if encoder else frozenset[str]()
        freed: list[int] = []
        yield freed
        if not marks:
            return
        loaded = (self._models.encoder, self._models.former_encoder)
        marks -= {model.fingerprint for model in loaded if model is not None}
        usable = self._usable_encoders(name)
        freed.append(self._library.drop_vectors(lambda kept: marks_apart(marks & kept, usable)))

    def _usable_encoders(self, name: str) -> Iterator[Path]:
        former = self._settings.get(FORMER)
        names = {name, BUNDLED, self._in_use()["encoder"], self._settings.now("encoder", BUNDLED)}
        names |= {former.get("encoder", BUNDLED)} if isinstance(former, dict) else set()
        shelf = ModelShelf(self.paths.models)
        names |= {record.name for record in shelf.records() if record.role == "encoder"}
        for one in names - {""}:
            with suppress(ModelError):
                yield ModelChoice("encoder", str(one), shelf).folder()
        for version in self.versions():
            if "encoder" in version.folders:
                yield Path(version.folders["encoder"])

    def export_version(self, name: str, path: str) -> str:
        """Write a version as a zip archive; returns where."""
        return str(self._versions.export(name, place_of(path)))

    def import_version(self, path: str, name: str = "") -> Version:
        """Add an exported version, under another name if one is given."""
        return self._versions.load(place_of(path), name)

    def _activate(self, chosen: dict[ModelRole, str]) -> Job[tuple[ModelInfo, ...]]:
        before = self._in_use()
        infos = self._models.infos
        try:
            for role, name in chosen.items():
                if before[role] != name:
                    infos = yield from self._model_desk.choose(role, name)
        finally:  # where the second of two cannot be loaded there is a way back as well
            if before != self._in_use():
                self._settings.set(FORMER, before)
        return infos

    def _in_use(self) -> dict[str, str]:
        return {role: str(self._settings.get(role, BUNDLED) or BUNDLED) for role in ROLES}

    @property
    def _work(self) -> Path:
        return self.paths.base / "training"

    @property
    def _versions(self) -> Versions:
        from engine.learning.versions import Versions

        return Versions(self.paths.base / "versions")

    @property
    def _workshop(self) -> Workshop:
        from engine.learning.finetune import Workshop

        return Workshop(
            store=self._store,
            library=self._library,
            versions=self._versions,
            work=self._work,
            start=lambda stage: self._start_of(stage),
            in_use=self._in_use,
            encoder=lambda: self._models.encoder,
            cross_encoder=lambda: self._models.cross_encoder,
        )

    def _start_of(self, stage: str) -> Path:
        role: ModelRole = "encoder" if stage == "encoder" else "cross-encoder"
        return choice_of(self._settings, role, ModelShelf(self.paths.models)).folder()
