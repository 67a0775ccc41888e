"""What a training from judgements would be, before anything is trained: enough, and how long."""

from __future__ import annotations

from engine.job import Job
from engine.judgements import imported
from engine.learning import finetune_estimate
from engine.learning.finetune import TUNING, Workshop, check, judged, sides, stage_of, steps_of
from engine.learning.finetune_evaluate import SAMPLE
from engine.learning.finetune_split import advice, split, trainable
from engine.types_training import TrainingEstimate, TrainingOutlook, TrainingSpec


def outlook(shop: Workshop, spec: TrainingSpec, device: str) -> TrainingOutlook:
    """What there is to train on."""
    check(spec)
    queries = judged(shop, spec)
    useful = [query for query in queries if trainable(query)]
    train, held_out = split(useful, spec.held_out, spec.seed)
    enough, said = advice(len(useful), len(held_out))
    if not enough and not spec.judges and (names := list(imported.judges(shop.store.database))):
        said += (
            " What came with data sets does not count unless it is named: "
            f"counterpart train --from-judgements --judge {names[0]}"
        )
    train, tuning = split(train, TUNING, spec.seed + 1)
    examples = sum(len(query.positives) for query in train)
    return TrainingOutlook(
        judgements=sum(len(query.graded) for query in queries),
        queries=len(queries),
        trainable=len(useful),
        train=len(train),
        tuning=len(tuning),
        held_out=len(held_out),
        enough=enough,
        advice=said,
        device=device,
        steps=sum(steps_of(spec, stage, examples) for stage in spec.stages) if examples else 0,
    )


def estimate(shop: Workshop, spec: TrainingSpec) -> Job[TrainingEstimate]:
    """How long the training of `spec` would take; nothing is kept of what is tried.

    Raises `DataError` if there is too little to train on.
    """
    check(spec)
    useful = [query for query in judged(shop, spec) if trainable(query)]
    train, tuning, held_out = sides(useful, spec)
    examples = sum(len(query.positives) for query in train)
    stages = [stage_of(spec, stage, shop.start(stage), examples) for stage in spec.stages]
    steps = yield from finetune_estimate.measure_steps(stages, train)
    search = yield from finetune_estimate.measure_searches(shop.library, train)
    vectors = 0.0
    encoder = shop.encoder()
    if "encoder" in spec.stages and encoder is not None:
        corpora = {query.query.corpus for query in useful} | ({SAMPLE} if spec.sample else set())
        vectors = yield from finetune_estimate.measure_vectors(
            shop.library, sorted(corpora), encoder
        )
    counts = (len(train), len(tuning), len(held_out))
    return finetune_estimate.add_up(spec, stages, steps, search, counts, vectors)
