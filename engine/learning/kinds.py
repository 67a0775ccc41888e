"""What a recipe's kind means: which training it is, and how it is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import nn

from engine.errors import DataError
from engine.learning import public_sets
from engine.learning.augment import Chances
from engine.learning.cross_encoder_training import CrossEncoderTraining
from engine.learning.development import (
    DevelopmentSet,
    Score,
    dense_ndcg,
    read_development_set,
    reranked_ndcg,
)
from engine.learning.encoder_training import EncoderTraining, HardSampler
from engine.learning.graded import GradedPair, read_graded, read_targets
from engine.learning.groups import Group, Text
from engine.learning.loop import Training
from engine.learning.negatives import (
    Encode,
    RankedExample,
    choose_groups,
    mine_negatives,
    read_examples,
    write_examples,
)
from engine.learning.pair_rows import GRADED, LABELLED
from engine.learning.prepare import leakage_filter
from engine.learning.recipe import Recipe
from engine.learning.sampling import Sampler
from engine.learning.shared_training import SharedTraining
from engine.learning.text_encoder import TextEncoder

RERANK_WEIGHTS = (0.2, 0.5, 1.0)
"""Shares of the cross-encoder's score at which its development figures are taken."""


@dataclass(frozen=True)
class Kind:
    """A training and its development figures."""

    training: Training
    evaluate: Callable[[], Mapping[str, float]]


@dataclass(frozen=True)
class Material:
    """What a run is made from: the recipe, its start, the data, and where it keeps things.

    `data` is the folder of the published sets, needed if the recipe weighs labelled pairs. `graded`
    are files of graded pairs, needed if it weighs those.
    """

    recipe: Recipe
    start: Path
    groups: Sequence[Group]
    data: Path | None
    dev: Sequence[Path]
    run: Path
    say: Callable[[str], None]
    graded: Sequence[Path] = ()


def make_run(material: Material) -> Kind:
    """The training that the recipe's kind means."""
    makers = {"encoder": _encoder_run, "cross-encoder": _cross_encoder_run, "shared": _shared_run}
    return makers[material.recipe.kind](material)


def _encoder_run(material: Material) -> Kind:
    """Contrastive training, watched by nDCG@10 of the dense ranking."""
    training = _fast_stage(material)
    sets = [read_development_set(folder) for folder in material.dev]
    return Kind(training, lambda: _dense_figures(sets, training.encode))


def _cross_encoder_run(material: Material) -> Kind:
    """Training on the start encoder's own hard negatives, watched by reranking its first ranks."""
    encoder = _start_encoder(material)
    training = _slow_stage(material, encoder)
    sets = [read_development_set(folder, queries=40, documents=300) for folder in material.dev]
    return Kind(training, lambda: _reranked_figures(sets, encoder.encode, training.logits))


def _shared_run(material: Material) -> Kind:
    """Both losses on one backbone, watched by what the one model reranks of its own ranking."""
    slow = _slow_stage(material, _start_encoder(material))
    fast = _fast_stage(material, backbone_of(slow.model))
    share = float(material.recipe.run.get("fast_share", 0.5))
    training = SharedTraining(material.start, fast, slow, share)
    sets = [read_development_set(folder, queries=40, documents=300) for folder in material.dev]
    return Kind(training, lambda: _reranked_figures(sets, fast.encode, slow.logits))


def _fast_stage(material: Material, backbone: nn.Module | None = None) -> EncoderTraining:
    recipe, seed = material.recipe, int(material.recipe.run["seed"])
    chances = _chances(recipe)
    weights = {task: weight for task, weight in recipe.weights.items() if task not in RATED}
    sampler = Sampler(material.groups, weights, seed, chances)
    each = int(recipe.run.get("hard", 0))
    hard = None
    if each:
        hard = HardSampler(_examples(material, _start_encoder), each, chances, seed)
    return EncoderTraining(material.start, sampler, recipe.run, hard, backbone)


def _slow_stage(material: Material, encoder: TextEncoder) -> CrossEncoderTraining:
    recipe = material.recipe
    rated = {task: read(material) for task, read in RATED.items() if task in recipe.weights}
    examples = _examples(material, lambda _: encoder)
    weights = recipe.weights
    if recipe.kind == "shared":  # the fast stage may learn from more than negatives are mined for
        slow_tasks = {*recipe.mining, *RATED}
        weights = {task: weight for task, weight in weights.items() if task in slow_tasks}
    return CrossEncoderTraining(
        material.start, examples, rated, weights, _chances(recipe), recipe.slow
    )


def backbone_of(classifier: nn.Module) -> nn.Module:
    """The part of a classification model below its head."""
    backbone: nn.Module = classifier.base_model  # type: ignore[assignment]
    return backbone


def _start_encoder(material: Material) -> TextEncoder:
    return TextEncoder(material.start, int(material.recipe.run.get("mining_tokens", 128)))


def _examples(
    material: Material, encoder: Callable[[Material], TextEncoder]
) -> Iterator[RankedExample]:
    """Ranked examples of the run, mined once with the encoder and kept in the run's folder."""
    path = material.run / "examples.jsonl"
    if not path.exists():
        _mine(material.recipe, material.groups, encoder(material), path, material.say)
    return read_examples(path)


def _dense_figures(sets: Sequence[DevelopmentSet], encode: Encode) -> dict[str, float]:
    return {data.name: dense_ndcg(data, encode) for data in sets}


def _reranked_figures(
    sets: Sequence[DevelopmentSet], encode: Encode, score: Score
) -> dict[str, float]:
    figures = {}
    for data in sets:
        ranked = reranked_ndcg(data, encode, score, RERANK_WEIGHTS)
        figures[f"{data.name} dense"] = ranked[0]
        for weight, value in zip(RERANK_WEIGHTS, ranked[1:], strict=True):
            figures[f"{data.name} +{weight}"] = value
    return figures


def _mine(
    recipe: Recipe,
    groups: Sequence[Group],
    encoder: TextEncoder,
    path: Path,
    say: Callable[[str], None],
) -> None:
    seed = int(recipe.run["seed"])
    chosen = choose_groups(groups, recipe.mining, seed)
    encoder.model.eval()
    partial = path.with_suffix(".partial")
    with torch.no_grad():
        examples = (
            example
            for task, members in chosen.items()
            for example in mine_negatives(task, members, encoder.encode, seed)
        )
        count = write_examples(partial, examples)
    partial.replace(path)
    say(f"mined hard negatives for {count} queries")


def _labelled(material: Material) -> list[GradedPair]:
    if material.data is None:
        raise DataError("the recipe weighs labelled pairs; give their folder with --data")
    pairs = [
        GradedPair(Text(pair.query), Text(pair.code, "Python"), float(pair.label))
        for pair in public_sets.webquery(material.data)
    ]
    return _without_leaks(LABELLED, pairs, material)


def _graded(material: Material) -> list[GradedPair]:
    if not material.graded:
        raise DataError("the recipe weighs graded pairs; give their file with --graded")
    targets = read_targets(material.recipe.grades)
    pairs = [pair for path in material.graded for pair in read_graded(path, targets)]
    if material.data is None:
        material.say(f"{len(pairs)} graded pairs, not compared with evaluation texts (no --data)")
        return pairs
    return _without_leaks(GRADED, pairs, material)


def _without_leaks(name: str, pairs: Sequence[GradedPair], material: Material) -> list[GradedPair]:
    assert material.data is not None
    guard = leakage_filter(material.data)
    kept = [
        pair
        for pair in pairs
        if not (guard.leak(pair.query.content) or guard.leak(pair.text.content))
    ]
    material.say(f"{len(kept)} {name} pairs; {len(pairs) - len(kept)} left out as evaluation texts")
    return kept


RATED: Mapping[str, Callable[[Material], list[GradedPair]]] = {LABELLED: _labelled, GRADED: _graded}
"""Tasks of the slow stage whose pairs carry targets of their own, and where those come from."""


def _chances(recipe: Recipe) -> Chances:
    known = {field.name for field in fields(Chances)}
    unknown = sorted(set(recipe.chances) - known)
    if unknown:
        raise DataError(
            f"[chances] has no {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    return Chances(**{name: float(value) for name, value in recipe.chances.items()})
