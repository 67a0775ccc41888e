"""What the Train page says of a training: before it, how long it takes, and how far it is."""

from __future__ import annotations

from engine.types import Progress
from engine.types_training import TrainingEstimate, TrainingOutlook
from gui import texts


def outlook_in_words(found: TrainingOutlook) -> str:
    """What there is to train on, what is kept aside, and how many steps that makes."""
    said = (
        f"{texts.count(found.judgements, 'judgement')} of "
        f"{texts.count(found.queries, 'query', 'queries')}: {found.train:,} to train on, "
        f"{found.tuning:,} to find how much the model should count, "
        f"{found.held_out:,} held out to measure on."
    )
    return f"{said} {texts.count(found.steps, 'step')} on {found.device}." if found.steps else said


def estimate_in_words(found: TrainingEstimate) -> str:
    """`About 14 min in all: mining 1 min, training 12 min, measuring 1 min.`."""
    parts = (
        f"{part} {texts.duration(getattr(found, part))}"
        for part in ("mining", "training", "measuring")
    )
    return f"About {texts.duration(found.total)} in all: {', '.join(parts)}."


def progress_in_words(progress: Progress) -> str:
    """`training the encoder · 3 of 60 · about 10 min left`."""
    parts = [progress.stage]
    if progress.total:
        parts.append(texts.share(progress.done, progress.total))
    if progress.seconds_left is not None:
        parts.append(f"about {texts.duration(progress.seconds_left)} left")
    return " · ".join(filter(None, (*parts, progress.message)))
