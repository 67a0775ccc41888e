"""What a recipe's kind means: which training it is, and how it is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from torch import nn

from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.baseline_kinds import classifier_run, codenn_run
from engine.learning.cross_encoder_training import CrossEncoderTraining
from engine.learning.development import (
    DevelopmentSet,
    Score,
    dense_ndcg,
    read_development_set,
    reranked_ndcg,
)
from engine.learning.distillation import Teacher
from engine.learning.encoder_training import EncoderTraining, HardSampler
from engine.learning.material import Kind, Material
from engine.learning.negatives import Encode
from engine.learning.pair_rows import NegativeMix
from engine.learning.ranked import mining_encoder, ranked_examples
from engine.learning.rated import RATED, read_rated
from engine.learning.recipe import Recipe
from engine.learning.sampling import Sampler
from engine.learning.shared_training import SharedTraining
from engine.learning.text_encoder import TextEncoder

RERANK_WEIGHTS = (0.2, 0.5, 1.0)
"""Shares of the cross-encoder's score at which its development figures are taken."""


def make_run(material: Material) -> Kind:
    """The training that the recipe's kind means."""
    makers = {
        "encoder": _encoder_run,
        "cross-encoder": _cross_encoder_run,
        "shared": _shared_run,
        "classifier": classifier_run,
        "codenn": codenn_run,
    }
    return makers[material.recipe.kind](material)


def _encoder_run(material: Material) -> Kind:
    """Contrastive training, watched by nDCG@10 of the dense ranking."""
    sets = [read_development_set(folder) for folder in material.dev]
    training = _fast_stage(material)
    return Kind(training, lambda: _dense_figures(sets, training.encode))


def _cross_encoder_run(material: Material) -> Kind:
    """Training on an encoder's hard negatives, watched by reranking its first ranks."""
    encoder = mining_encoder(material)
    sets = [read_development_set(folder, queries=40, documents=300) for folder in material.dev]
    training = _slow_stage(material, encoder)
    return Kind(training, lambda: _reranked_figures(sets, encoder.encode, training.logits))


def _shared_run(material: Material) -> Kind:
    """Both losses on one backbone, watched by what the one model reranks of its own ranking."""
    sets = [read_development_set(folder, queries=40, documents=300) for folder in material.dev]
    slow = _slow_stage(material, mining_encoder(material))
    fast = _fast_stage(material, backbone_of(slow.model))
    share = float(material.recipe.run.get("fast_share", 0.5))
    training = SharedTraining(material.start, fast, slow, share)
    return Kind(training, lambda: _reranked_figures(sets, fast.encode, slow.logits))


def _fast_stage(material: Material, backbone: nn.Module | None = None) -> EncoderTraining:
    recipe, seed = material.recipe, int(material.recipe.run["seed"])
    chances = _chances(recipe)
    weights = {task: weight for task, weight in recipe.weights.items() if task not in RATED}
    power = 1.0 / float(recipe.run.get("sampling_temperature", 2.0))
    sampler = Sampler(material.groups, weights, seed, chances, power)
    teacher = _teacher(material) if "distil" in recipe.run else None
    each = int(recipe.run.get("hard", 0))
    hard = None
    if each:
        examples = ranked_examples(material, lambda: mining_encoder(material))
        hard = HardSampler(examples, each, weights, chances, seed)
    return EncoderTraining(material.start, sampler, recipe.run, hard, backbone, teacher)


def _teacher(material: Material) -> Teacher:
    options = material.recipe.run
    if not int(options.get("hard", 0)):
        raise DataError("distillation ranks hard negatives; give [run] hard, and [mining]")
    if material.teacher is None:
        raise DataError("the recipe distils a cross-encoder; give its folder with --teacher")
    return Teacher(material.teacher, options)


def _slow_stage(material: Material, encoder: TextEncoder) -> CrossEncoderTraining:
    recipe, chances = material.recipe, _chances(material.recipe)
    NegativeMix.of(recipe.slow)  # before anything is mined
    rated = read_rated(material)
    examples = ranked_examples(material, lambda: encoder)
    weights = recipe.weights
    if recipe.kind == "shared":  # the fast stage may learn from more than negatives are mined for
        slow_tasks = {*recipe.mining, *RATED}
        weights = {task: weight for task, weight in weights.items() if task in slow_tasks}
    return CrossEncoderTraining(material.start, examples, rated, weights, chances, recipe.slow)


def backbone_of(classifier: nn.Module) -> nn.Module:
    """The part of a classification model below its head."""
    backbone: nn.Module = classifier.base_model  # type: ignore[assignment]
    return backbone


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


def _chances(recipe: Recipe) -> Chances:
    known = {field.name for field in fields(Chances)}
    unknown = sorted(set(recipe.chances) - known)
    if unknown:
        raise DataError(
            f"[chances] has no {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    return Chances(**{name: float(value) for name, value in recipe.chances.items()})
