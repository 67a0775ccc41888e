"""Measure pipelines on a set, query by query, keeping every answer as it comes."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from engine.closeness import closeness_of
from engine.errors import DataError, ModelError
from engine.evaluation.beir import BeirSet
from engine.evaluation.ceilings import ceiling
from engine.evaluation.documents import VectorReport
from engine.evaluation.failures import FailureAnalysis
from engine.evaluation.pipelines import PipelineSpec
from engine.evaluation.prepared import Prepared, preparing
from engine.evaluation.progress import Pace
from engine.evaluation.rankers import DEPTH, Ranker, make_ranker
from engine.evaluation.runs import DEFAULT_DEPTH, Manifest, Row, Run, RunSet, RunStore, digest_of
from engine.job import Job
from engine.models.catalogue import (
    ModelChoice,
    ModelRole,
    load_cross_encoder,
    load_encoder,
)
from engine.models.cross_encoder import CrossEncoder
from engine.models.device import default_rerank_depth
from engine.models.encoder import Encoder
from engine.models.memory import count_parameters
from engine.models.own_closeness import AS_IT_IS, Closeness
from engine.models.shelf import ModelShelf
from engine.retrieval.weights import Weights, load_weights
from engine.types import Progress


class Sink(Protocol):
    """Where answers go."""

    rows: dict[str, Row]

    def add(self, row: Row) -> None:
        """Keep one."""


@dataclass(slots=True)
class MemorySink:
    """Keeps answers for as long as the measurement lasts."""

    rows: dict[str, Row] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Keep one."""
        self.rows[row.query] = row


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the figures besides pipeline and models; see `EvaluationRequest`."""

    rerank: int | None = None
    use_target: bool = False
    drop_identical: bool = False
    limit: int | None = None
    threshold: int = 1
    depth: int = DEPTH

    def written(self) -> tuple[str, ...]:
        """Those that a report must mark, as they are written."""
        return (
            *(("--use-target",) if self.use_target else ()),
            *(("--drop-identical",) if self.drop_identical else ()),
        )


class Models:
    """The models in use, and others that pipelines name; each is loaded once."""

    def __init__(
        self,
        encoder: Encoder | None,
        cross_encoder: CrossEncoder | None,
        shelf: ModelShelf | None = None,
    ) -> None:
        self._default: dict[str, Encoder | CrossEncoder | None] = {
            "encoder": encoder,
            "cross-encoder": cross_encoder,
        }
        self._shelf = shelf
        self._encoders: dict[str, Encoder] = {}
        self._cross_encoders: dict[str, CrossEncoder] = {}

    def encoder(self, spec: PipelineSpec) -> Encoder | None:
        """The encoder of a pipeline, None if it needs none. Raises `ModelError`."""
        if not spec.needs_encoder:
            return None
        if spec.encoder:
            if spec.encoder not in self._encoders:
                choice = ModelChoice("encoder", spec.encoder, self._shelf)
                self._encoders[spec.encoder] = load_encoder(choice)
            return self._encoders[spec.encoder]
        model = self._default["encoder"]
        if model is None:
            raise ModelError(
                "the encoder is not loaded; run counterpart doctor, or use --pipeline bm25"
            )
        return model  # type: ignore[return-value]

    def cross_encoder(self, spec: PipelineSpec, rerank: int | None) -> CrossEncoder | None:
        """The cross-encoder of a pipeline, None if it needs none. Raises `ModelError`."""
        if not spec.needs_cross_encoder or (spec.kind == "rerank" and rerank == 0):
            return None
        if spec.cross_encoder:
            if spec.cross_encoder not in self._cross_encoders:
                choice = ModelChoice("cross-encoder", spec.cross_encoder, self._shelf)
                self._cross_encoders[spec.cross_encoder] = load_cross_encoder(choice)
            return self._cross_encoders[spec.cross_encoder]
        model = self._default["cross-encoder"]
        if model is None:
            raise ModelError(
                "the cross-encoder is not loaded; run counterpart doctor, or use --pipeline hybrid"
            )
        return model  # type: ignore[return-value]

    def parameters(self, role: ModelRole, name: str) -> int | None:
        """How many parameters a model has, None where its folder is not known."""
        try:
            return count_parameters(ModelChoice(role, name, self._shelf).folder())
        except (ModelError, OSError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Measured:
    """The runs of one measurement, and what preparing it took."""

    runs: tuple[Run, ...]
    specs: tuple[PipelineSpec, ...]
    index_s: Mapping[str, float]  # by pipeline
    vectors: VectorReport | None


def measuring(
    data: BeirSet,
    specs: Sequence[PipelineSpec],
    models: Models,
    options: Options,
    *,
    cache: Path,
    store: RunStore | None = None,
    save: str = "",
    source: str = "",
    preset: str = "",
    weights: Weights | None = None,
) -> Job[Measured]:
    """Answer every query with every pipeline.

    With `save`, answers go to the runs `<save>/<pipeline>` as they come; those that are there from
    an interrupted measurement of the same are not asked again. Closing the job keeps what is done.

    Raises `DataError`, `ModelError`, `DiskError`.
    """
    chosen = [
        (spec, models.encoder(spec), models.cross_encoder(spec, options.rerank)) for spec in specs
    ]
    encoders = {model.fingerprint: model for _, model, _ in chosen if model is not None}
    for model in encoders.values():
        if model.closeness is None:
            model.closeness = yield from closeness_of(model, cache)
    weights = weights or load_weights()
    prepared = yield from preparing(
        data,
        list(encoders.values()),
        rerank=options.rerank,
        use_target=options.use_target,
        drop_identical=options.drop_identical,
        limit=options.limit,
        cache=cache,
    )
    about = _About(prepared, models, options, source, preset, weights)
    yield Progress("looking at the labels", 0, None)
    analysis = FailureAnalysis(prepared)
    runs: list[Run] = []
    index_s: dict[str, float] = {}
    for number, (spec, encoder, cross_encoder) in enumerate(chosen, start=1):
        start = time.perf_counter()
        ranker = make_ranker(prepared, spec, encoder, cross_encoder, weights, options.depth)
        seconds = prepared.seconds + time.perf_counter() - start
        if encoder is not None and prepared.vectors is not None:
            seconds += prepared.vectors.seconds
        index_s[spec.name] = seconds
        manifest = about.manifest(spec, encoder, cross_encoder, seconds)
        name = f"{save}/{file_name(spec.name)}" if save else spec.name
        place = f"pipeline {number} of {len(chosen)}" if len(chosen) > 1 else ""
        with _sink(store if save else None, name, manifest, about.set) as sink:
            yield from _asking(prepared, spec, ranker, analysis, sink, options, place)
            rows = {q.id: sink.rows[q.id] for q in prepared.questions if q.id in sink.rows}
        runs.append(Run(name, manifest, about.set, rows))
    return Measured(tuple(runs), tuple(specs), index_s, prepared.vectors)


def file_name(pipeline: str) -> str:
    """A pipeline's name as a folder's: nothing a shell or a file system minds, and unique."""
    wanted = pipeline.replace(":", "+", 1)
    plain = re.sub(r"[^\w.=,+-]", "-", wanted)
    if plain == wanted and len(plain) <= 60:
        return plain
    return f"{plain[:50]}-{blake2b(pipeline.encode(), digest_size=3).hexdigest()}"


def _sink(
    store: RunStore | None, name: str, manifest: Manifest, data: RunSet
) -> AbstractContextManager[Sink]:
    if store is None:
        return nullcontext(MemorySink())
    return store.writing(name, manifest, data)


def _asking(
    prepared: Prepared,
    spec: PipelineSpec,
    ranker: Ranker,
    analysis: FailureAnalysis,
    sink: Sink,
    options: Options,
    place: str,
) -> Job[None]:
    waiting = [question for question in prepared.questions if question.id not in sink.rows]
    pace = Pace(f"{spec.name}: searching", len(waiting), message=place)
    if waiting:  # imports and first allocations are no query time
        for _ in ranker(waiting[0]):
            yield pace.now()
        pace = Pace(f"{spec.name}: searching", len(waiting), message=place)
    for question in waiting:
        steps = ranker(question)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                answer = end.value
                break
            yield pace.now()
        sink.add(Row(question.id, answer, analysis.group(question, answer, options.threshold)))
        yield pace.advance()


class _About:
    """What all runs of one measurement have in common."""

    def __init__(
        self,
        prepared: Prepared,
        models: Models,
        options: Options,
        source: str,
        preset: str,
        weights: Weights,
    ) -> None:
        data = prepared.data
        self._prepared = prepared
        self._models = models
        self._options = options
        self._source = source
        self._preset = preset
        self._digest = digest_of(data)
        self._weights = _digest(weights)
        found = None
        if not options.use_target:  # the filter decides among equivalents by framework
            found = ceiling(
                replace(data, queries=data.queries[: options.limit]),
                drop_identical=options.drop_identical,
            )
        self._ceiling = {**asdict(found), "words": str(found)} if found else {}
        self.set = RunSet(
            documents=prepared.ids,
            queries={question.id: question.query.text for question in prepared.questions},
            qrels={question.id: dict(question.qrels) for question in prepared.questions},
        )

    def manifest(
        self,
        spec: PipelineSpec,
        encoder: Encoder | None,
        cross_encoder: CrossEncoder | None,
        index_s: float,
    ) -> Manifest:
        """What a run of one pipeline is."""
        used = {"encoder": encoder, "cross-encoder": cross_encoder}
        models = {
            role: {"name": model.name, "fingerprint": model.fingerprint}
            for role, model in used.items()
            if model is not None
        }
        if encoder is not None and encoder.closeness not in (None, AS_IT_IS):
            models["encoder"]["scale"] = _digest(encoder.closeness)
        sizes = [
            self._models.parameters(role, model.name)  # type: ignore[arg-type]
            for role, model in used.items()
            if model is not None
        ]
        options = asdict(self._options)
        del options["limit"], options["threshold"]
        if not spec.needs_cross_encoder:
            del options["rerank"]
        elif cross_encoder is not None and spec.reads_default(self._options.rerank):
            options[DEFAULT_DEPTH] = default_rerank_depth(cross_encoder.device)
        device = next((model.device for model in used.values() if model is not None), None)
        vectors = self._prepared.vectors
        return Manifest(
            dataset=self._prepared.name,
            pipeline=spec.name,
            source=self._source,
            digest=self._digest,
            total=len(self._prepared.questions),
            documents=len(self._prepared.ids),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            models=models,
            parameters=sum(sizes) if sizes and None not in sizes else (None if sizes else 0),  # type: ignore[arg-type]
            options=options,
            weights=self._weights,
            machine=machine(f"{device.name} {device.precision}" if device else "cpu"),
            preset=self._preset,
            index_s=round(index_s, 3),
            vectors={"encoded": vectors.encoded, "cached": vectors.cached} if vectors else {},
            notes=self._prepared.notes,
            ceiling=self._ceiling,
            threshold=self._options.threshold,
        )


def _digest(of: Weights | Closeness | None) -> str:
    return blake2b(repr(of).encode(), digest_size=6).hexdigest()


def machine(device: str) -> dict[str, object]:
    """The machine in a few words: what a time depends on, and nothing that names it."""
    import os

    return {
        "device": device,
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in _lines(Path("/proc/cpuinfo")):
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from file


def check_sources(specs: Sequence[PipelineSpec], data: BeirSet) -> None:
    """Raise `DataError` for a pipeline that this set cannot have, before any work is done."""
    for spec in specs:
        if spec.kind == "published" and spec.ranker not in data.candidates:
            known = ", ".join(data.candidates) or "none"
            raise DataError(
                f"{data.name} has no published ranking {spec.ranker!r}; it has: {known}"
            )
