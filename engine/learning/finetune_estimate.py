"""How long a training would take, measured: a few steps of each stage, a few searches.

The steps run in the child process that a training runs in, on pairs of judged texts: what a step
costs depends on how many texts it reads and how long they are, not on which ones they are.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import DataError
from engine.job import Job
from engine.learning import finetune_data
from engine.learning.finetune_child import Stage, curve, train_apart, write_stage
from engine.learning.finetune_evaluate import Asked, of_judgements, values_of
from engine.learning.finetune_sample import IN_CODE, IN_WORDS
from engine.learning.finetune_share import MOST_KNOWN
from engine.learning.groups import Text
from engine.learning.mine_judged import JudgedQuery
from engine.learning.negatives import RankedExample, write_examples
from engine.retrieval.views import chunk_view
from engine.types import Progress
from engine.types_training import TrainingEstimate, TrainingSpec

if TYPE_CHECKING:
    from engine.library import Library
    from engine.models.encoder import Encoder

STEPS = 4
"""Steps of each stage; the first warms up and is not counted."""

_SEARCHES = 3
_EMBEDDED = 32  # chunks
_WORDS = "measuring how long it takes"
_NEEDED = 8  # examples that a batch can be drawn from, each with as many negatives


def measure_steps(stages: Sequence[Stage], queries: Sequence[JudgedQuery]) -> Job[list[float]]:
    """Seconds of a step of each stage. Closing the job ends the child process."""
    found = []
    for place, stage in enumerate(stages):
        message = f"{STEPS} steps of the {stage.role}"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_examples(folder / "examples.jsonl", _stand_ins(queries, stage))
            finetune_data.write_pairs(folder / "pairs.jsonl", [])
            write_stage(folder, replace(stage, steps=STEPS, minutes=0.0))
            child = train_apart(folder)
            try:
                for _ in child:  # its own steps are too few to be told of
                    yield Progress(_WORDS, place, len(stages) + 1, message)
            finally:
                child.close()
            seconds = [float(step["seconds"]) for step in curve(folder)]
        found.append((seconds[-1] - seconds[0]) / (len(seconds) - 1))
    return found


def measure_searches(library: Library, queries: Sequence[JudgedQuery]) -> Job[float]:
    """Seconds of a search with every stage; the first one warms up and is not counted."""
    asked: list[Asked] = of_judgements(queries[: _SEARCHES + 1])
    for corpus in sorted({one.query.corpus for one in asked}):
        yield from library.prepare(corpus)
    begun = time.perf_counter()
    for place, one in enumerate(asked):
        if place == 1:
            begun = time.perf_counter()
        yield Progress(_WORDS, place, len(asked), "searches")
        values_of(one, library.searcher(one.query.corpus))
    return (time.perf_counter() - begun) / max(1, len(asked) - 1)


def measure_vectors(library: Library, corpora: Sequence[str], encoder: Encoder) -> Job[float]:
    """Seconds that the vectors of these corpora take."""
    total = 0.0
    for place, corpus in enumerate(corpora):
        yield Progress(_WORDS, place, len(corpora), "vectors")
        yield from library.prepare(corpus)
        collection = library.collection(corpus)
        count = len(collection.table.ids)
        chosen = range(0, count, max(1, count // _EMBEDDED))
        views = [chunk_view(chunk) for chunk in collection.chunks(chosen)]
        begun = time.perf_counter()
        encoder.encode(views, role="document")
        total += (time.perf_counter() - begun) * count / max(1, len(views))
    return total


def add_up(
    spec: TrainingSpec,
    stages: Sequence[Stage],
    step_seconds: Sequence[float],
    search_seconds: float,
    counts: tuple[int, int, int],
    vector_seconds: float = 0.0,
) -> TrainingEstimate:
    """The whole from its parts; `counts`: queries to train on, to fit the share on, held out."""
    train, tuning, held_out = counts
    steps = sum(stage.steps * seconds for stage, seconds in zip(stages, step_seconds, strict=True))
    if spec.minutes:
        steps = min(steps, 60 * spec.minutes * len(stages))
    on_sample = IN_WORDS + IN_CODE if spec.sample else 0
    # What a share is fitted on is ranked by the trained model, and by the former one.
    fitted = tuning + min(MOST_KNOWN, train + tuning) if "cross-encoder" in spec.stages else 0
    return TrainingEstimate(
        mining=train * search_seconds,
        training=steps,
        measuring=(fitted + 2 * (held_out + on_sample)) * search_seconds + vector_seconds,
        steps=sum(stage.steps for stage in stages),
    )


def _stand_ins(queries: Sequence[JudgedQuery], stage: Stage) -> list[RankedExample]:
    """Judged texts in the shape of mined examples, each as long as what will be trained on."""
    texts = [finetune_data.text_of(chunk) for query in queries for chunk, _ in query.graded]
    found = []
    for number in range(max(_NEEDED, int(stage.options["batch"]))):
        query = queries[number % len(queries)]
        positive = query.positives[number % len(query.positives)].chunk
        right = finetune_data.text_of(positive)
        others = [text for text in texts if text.content != right.content]
        if not others:
            raise DataError("all judged results are one text; judge others as well")
        against = tuple(others[(number + k) % len(others)] for k in range(_NEEDED))
        asked = Text(query.query.text, query.language or "")
        found.append(RankedExample(finetune_data.TASK, asked, right, against))
    return found
