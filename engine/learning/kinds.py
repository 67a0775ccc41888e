"""What a recipe's kind means: which training it is, and how it is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from engine.errors import DataError
from engine.learning import public_sets
from engine.learning.augment import Chances
from engine.learning.cross_encoder_training import LABELLED, CrossEncoderTraining
from engine.learning.development import dense_ndcg, read_development_set, reranked_ndcg
from engine.learning.encoder_training import EncoderTraining
from engine.learning.groups import Group
from engine.learning.loop import Training
from engine.learning.negatives import (
    choose_groups,
    mine_negatives,
    read_examples,
    write_examples,
)
from engine.learning.prepare import leakage_filter
from engine.learning.recipe import Recipe
from engine.learning.sampling import Sampler
from engine.learning.text_encoder import TextEncoder

RERANK_WEIGHTS = (0.2, 0.5, 1.0)
"""Shares of the cross-encoder's score at which its development figures are taken."""


@dataclass(frozen=True)
class Kind:
    """A training and its development figures."""

    training: Training
    evaluate: Callable[[], Mapping[str, float]]


def encoder_run(recipe: Recipe, start: Path, groups: Sequence[Group], dev: Sequence[Path]) -> Kind:
    """Contrastive training, watched by nDCG@10 of the dense ranking."""
    sampler = Sampler(groups, recipe.weights, int(recipe.run["seed"]), _chances(recipe))
    training = EncoderTraining(start, sampler, recipe.run)
    sets = [read_development_set(folder) for folder in dev]
    return Kind(training, lambda: {data.name: dense_ndcg(data, training.encode) for data in sets})


def cross_encoder_run(
    recipe: Recipe,
    start: Path,
    groups: Sequence[Group],
    data: Path | None,
    dev: Sequence[Path],
    run: Path,
    say: Callable[[str], None],
) -> Kind:
    """Training on the start encoder's own hard negatives, watched by reranking its first ranks.

    The negatives are mined once and kept in `run`. `data` is needed if the recipe weighs labelled
    pairs; those that leak an evaluation set are removed here, and their number is told.
    """
    encoder = TextEncoder(start, int(recipe.run.get("mining_tokens", 128)))
    path = run / "examples.jsonl"
    if not path.exists():
        _mine(recipe, groups, encoder, path, say)
    labelled = _labelled(data, say) if LABELLED in recipe.weights else []
    training = CrossEncoderTraining(
        start, read_examples(path), labelled, recipe.weights, _chances(recipe), recipe.run
    )
    sets = [read_development_set(folder, queries=40, documents=300) for folder in dev]

    def evaluate() -> Mapping[str, float]:
        figures = {}
        for data in sets:
            ranked = reranked_ndcg(data, encoder.encode, training.logits, RERANK_WEIGHTS)
            figures[f"{data.name} dense"] = ranked[0]
            for weight, value in zip(RERANK_WEIGHTS, ranked[1:], strict=True):
                figures[f"{data.name} +{weight}"] = value
        return figures

    return Kind(training, evaluate)


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


def _labelled(data: Path | None, say: Callable[[str], None]) -> list[public_sets.LabelledPair]:
    if data is None:
        raise DataError("the recipe weighs labelled pairs; give their folder with --data")
    guard = leakage_filter(data)
    pairs = list(public_sets.webquery(data))
    kept = [pair for pair in pairs if not (guard.leak(pair.query) or guard.leak(pair.code))]
    say(f"{len(kept)} labelled pairs; {len(pairs) - len(kept)} left out as evaluation texts")
    return kept


def _chances(recipe: Recipe) -> Chances:
    known = {field.name for field in fields(Chances)}
    unknown = sorted(set(recipe.chances) - known)
    if unknown:
        raise DataError(
            f"[chances] has no {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    return Chances(**{name: float(value) for name, value in recipe.chances.items()})
