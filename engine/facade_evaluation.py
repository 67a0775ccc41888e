"""The part of the façade that measuring needs: runs, their comparison. See `engine.engine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import CounterpartError, DataError, ModelError
from engine.job import Job
from engine.paths import Paths, place_of
from engine.types import Judgement
from engine.types_evaluation import (
    Comparison,
    EvaluationRequest,
    EvaluationSource,
    QueryView,
    RunInfo,
)

if TYPE_CHECKING:
    from engine.datasets.shelf import Shelf
    from engine.evaluation.beir import BeirSet
    from engine.evaluation.measuring import Models
    from engine.evaluation.pipelines import PipelineSpec
    from engine.evaluation.presets import Task
    from engine.evaluation.runs import RunStore
    from engine.judgements.store import JudgementStore
    from engine.library import Library
    from engine.models.pair import ModelPair


class EvaluationMethods:
    """What a user can ask for when measuring."""

    paths: Paths
    _texts: tuple[str, dict[str, tuple[str, str]]] = ("", {})

    if TYPE_CHECKING:  # of the engine

        @property
        def _store(self) -> JudgementStore: ...

        @property
        def _library(self) -> Library: ...

        @property
        def _shelf(self) -> Shelf: ...

        @property
        def _models(self) -> ModelPair: ...

    def measure_closeness(self) -> Job[None]:
        """Find out on which scale the encoder's similarities are, if that is not known yet."""
        return self._models.measure_closeness()

    def evaluate(self, request: EvaluationRequest) -> Job[dict[str, Any]]:
        """Measure pipelines on a set, or on every set of a protocol; the report as JSON.

        With `request.save` every answer is kept as it comes: a measurement that was stopped goes on
        where it was. Raises `DataError`, `ModelError`, `DiskError`.
        """
        from engine.evaluation.protocols import evaluating

        specs = self._specs(request)
        request = replace(request, source=self._lasting(request.source))
        self.paths.make()
        tasks = yield from self._tasks(request)  # what is wrong with a set is said at once
        yield from self._load_models(specs, request)
        models = self._evaluation_models()
        return (yield from evaluating(request, tasks, models, self._runs, self.paths.cache))

    def track_evaluation(self, report: dict[str, Any], tracker: str) -> int:
        """Send a report's figures to a tracker (`wandb`), each pipeline as a run; how many."""
        from engine.evaluation.tracking import track

        return track(report, tracker, self.paths.base / "tracking")

    def runs(self) -> list[RunInfo]:
        """The stored runs, those of an evaluation together."""
        from engine.evaluation.runs_summary import info_of

        return [info_of(self._runs, self._runs_folder, name) for name in self._runs.names()]

    def remove_run(self, name: str) -> list[str]:
        """Remove a run, or all of an evaluation; the names of those gone. Raises `DataError`."""
        return self._runs.remove(name)

    def compare_runs(self, names: Sequence[str], metric: str = "ndcg@10") -> Comparison:
        """Compare runs with the first of them. An evaluation's name stands for all of its runs.

        Raises `DataError` if there is no such run, or they are of different sets.
        """
        from engine.evaluation.compare import compare_runs

        return compare_runs([self._runs.read(name) for name in self._runs.resolve(names)], metric)

    def view_query(self, names: Sequence[str], query: str) -> QueryView:
        """One query and what each run has for it, with texts where the set is at hand."""
        from engine.evaluation.views import view_query

        runs = [self._runs.read(name) for name in self._runs.resolve(names)]
        manifest = runs[0].manifest
        return view_query(
            runs, query, self._texts_of(manifest.source, manifest.preset, manifest.dataset)
        )

    def export_run(self, name: str, path: str, form: str, language: str = "") -> str:
        """Write a run as `trec`, `qrels`, `json` or `predictions`; returns the path."""
        from engine.evaluation.runs_export import export

        (one,) = self._one(name)
        target = place_of(path)
        export(self._runs.read(one), target, form, language)
        return str(target)

    def import_run(self, path: str, request: EvaluationRequest) -> Job[str]:
        """Store what another system found for a set, a TREC run, among the runs; returns its name.

        Of the request, the set, `save` (else `imported`) and `threshold` count. Raises `DataError`,
        `DiskError`.
        """
        from engine.evaluation.runs_import import importing

        source = self._lasting(request.source)
        self.paths.make()
        tasks = yield from self._tasks(replace(request, source=source))
        if len(tasks) > 1:
            known = ", ".join(task.name for task in tasks)
            raise DataError(f"{request.source} has several tasks; name one of: {known}")
        return (
            yield from importing(
                self._runs,
                tasks[0].data,
                place_of(path),
                source=source,
                preset=request.preset,
                save=request.save,
                threshold=request.threshold,
            )
        )

    def save_comparison(self, names: Sequence[str], metric: str, path: str) -> str:
        """Write a comparison as one self-contained HTML file; returns its path."""
        from engine.evaluation.report_html import page
        from engine.evaluation.views import view_query
        from engine.judgements.exchange.files import open_new

        comparison = self.compare_runs(names, metric)
        runs = [self._runs.read(name) for name in self._runs.resolve(names)]
        manifest = runs[0].manifest
        texts = self._texts_of(manifest.source, manifest.preset, manifest.dataset)
        changed = [*comparison.per_query[:5], *comparison.per_query[-5:]]
        chosen = list(dict.fromkeys(row.query for row in changed))
        views = [view_query(runs, query, texts) for query in chosen]
        target = place_of(path)
        with open_new(target) as file:
            file.write(page(comparison, views))
        return str(target)

    def evaluation_sources(self) -> list[EvaluationSource]:
        """What can be measured on without looking for it: imported sets, graded corpora."""
        from engine.evaluation.sources import JUDGEMENTS

        found = [
            EvaluationSource(
                info.name,
                f"{info.name} · {info.queries:,} queries, {info.documents:,} documents",
                tuple(info.candidates),
            )
            for info in self._shelf.infos()
            if not info.problem
        ]
        imported = {source.source for source in found}
        for info in self._library.infos():
            if info.name not in imported:
                asked = {one.query_text for one in self._own_judgements(info.name)}
                queries = f"{len(asked):,} {'query' if len(asked) == 1 else 'queries'}"
                label = f"own judgements in {info.name} · {queries}"
                found += [EvaluationSource(f"{JUDGEMENTS}{info.name}", label)] if asked else []
        return found

    def score_predictions(self, annotations: str, predictions: str) -> list[dict[str, Any]]:
        """The CodeSearchNet challenge's figures of a CSV file of predictions, by language.

        `annotations` is `annotationStore.csv` or its folder. Raises `DataError`.
        """
        from engine.evaluation.protocols_challenge import (
            annotation_file,
            read_predictions,
            read_relevance,
            score,
        )

        relevance = read_relevance(annotation_file(place_of(annotations)))
        return [asdict(s) for s in score(read_predictions(Path(predictions)), relevance)]

    # What these need.

    @property
    def _runs_folder(self) -> Path:
        return self.paths.base / "runs"

    @property
    def _runs(self) -> RunStore:
        from engine.evaluation.runs import RunStore

        return RunStore(self._runs_folder)

    def _one(self, name: str) -> list[str]:
        found = self._runs.resolve([name])
        if len(found) > 1:
            raise DataError(f"{name} has several runs; name one of: {', '.join(found)}")
        return found

    def _specs(self, request: EvaluationRequest) -> tuple[PipelineSpec, ...]:
        from engine.evaluation.pipelines import parse_pipelines
        from engine.evaluation.presets import preset_of
        from engine.evaluation.runs import check_name

        if request.save:
            check_name(request.save)
        if request.preset and request.pipelines == ("all",):
            return parse_pipelines(preset_of(request.preset).pipelines)
        return parse_pipelines(request.pipelines)

    def _lasting(self, source: str) -> str:
        """A file or folder by its full path: a run may be gone on with from elsewhere."""
        place = place_of(source)
        there = place.is_dir() or (place.exists() and self._shelf.folder(source) is None)
        return str(place.absolute()) if there else source

    def _load_models(self, specs: Sequence[PipelineSpec], request: EvaluationRequest) -> Job[None]:
        needed = {
            role
            for spec in specs
            for role, wanted in (
                ("encoder", spec.needs_encoder and not spec.encoder),
                ("cross-encoder", spec.needs_cross_encoder and not spec.cross_encoder),
            )
            if wanted
        }
        if request.preset == "webquery" and needed:
            needed.add("cross-encoder")
        if not needed:
            return
        infos = yield from self._models.load()
        for info in infos:
            left_out = info.role == "cross-encoder" and request.rerank == 0
            if info.problem and info.role in needed and not left_out:
                raise ModelError(info.problem)

    def _evaluation_models(self) -> Models:
        from engine.evaluation.measuring import Models
        from engine.models.shelf import ModelShelf

        shelf = ModelShelf(self.paths.models)
        return Models(self._models.encoder, self._models.cross_encoder, shelf)

    def _tasks(self, request: EvaluationRequest) -> Job[list[Task]]:
        """The sets that a request means."""
        from engine.evaluation import presets
        from engine.evaluation.beir import load_beir
        from engine.evaluation.sources import JUDGEMENTS, own_judgements
        from engine.judgements.consensus import GradeTimes, consensus

        source = request.source
        if source.startswith(JUDGEMENTS):
            corpus = source.removeprefix(JUDGEMENTS)
            yield from self._library.prepare(corpus)
            collection = self._library.collection(corpus)
            times = GradeTimes(self._store.database)
            judged = consensus(self._own_judgements(corpus), times)
            data = own_judgements(corpus, collection, judged)
            return [presets.Task(data.name, data)]
        place = place_of(source)
        imported = None if place.is_dir() else self._shelf.folder(source)
        if imported is not None:
            data = replace(load_beir(imported), name=self._task_name(source))
            return [presets.Task(data.name, data)]
        if request.preset:
            preset = presets.preset_of(request.preset)
            return (yield from presets.tasks(preset, place, self.paths.cache, request.task))
        data = load_beir(place)
        return [presets.Task(data.name, data)]

    def _task_name(self, name: str) -> str:
        """An imported set's name; that of its task where it is one that figures are known for."""
        from engine.evaluation.published import of_task

        split = next((info.split for info in self._shelf.infos() if info.name == name), "")
        return split if split and of_task(split) else name

    def _own_judgements(self, corpus: str) -> list[Judgement]:
        from engine.judgements.imported import DATASET

        return [j for j in self._store.judgements(corpus) if not j.judge.startswith(DATASET)]

    def _texts_of(self, source: str, preset: str, dataset: str) -> dict[str, tuple[str, str]]:
        """The texts of a set's documents; none if it is not where it was."""
        from engine.evaluation.sources import texts_of
        from engine.job import run_to_end

        key = f"{source}\0{preset}\0{dataset}"
        if self._texts[0] != key:
            found: BeirSet | None = None
            try:
                request = EvaluationRequest(source, preset=preset, task=dataset if preset else "")
                (task,) = run_to_end(self._tasks(request))
                found = task.data
            except (CounterpartError, OSError):
                pass
            self._texts = (key, texts_of(found) if found is not None else {})
        return self._texts[1]
