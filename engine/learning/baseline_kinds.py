"""Runs of the two baselines: the fine-tuned pair classifier, and CODEnn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from engine.learning.augment import Chances
from engine.learning.codenn_training import CodeNNTraining, described, vectors
from engine.learning.cross_encoder_training import CrossEncoderTraining
from engine.learning.development import DevelopmentSet, ndcg, read_development_set
from engine.learning.material import Kind, Material
from engine.learning.negatives import RankedExample

_NEVER = Chances(0, 0, 0, 0, 0, 0, 0)
_QUERIES, _DOCUMENTS = 20, 60  # of a development set; the classifier reads every pair of them

Scores = Callable[[DevelopmentSet], Tensor]
"""The scores (queries, documents) of a set."""


def classifier_run(material: Material) -> Kind:
    """A pair classifier as CodeBERT is fine-tuned for code search (Feng et al., 2020).

    Each description comes once with its code and with random others', nothing mined, nothing
    varied.
    """
    recipe = material.recipe
    options = {"negatives": 1, **recipe.run}
    rest = int(options["negatives"]) - int(options.get("in_batch", 0))
    options.setdefault("random", max(0, rest))
    examples = (
        RankedExample(group.task, group.texts[0], group.texts[1], ())
        for group in described(material.groups, recipe.weights)
    )
    training = CrossEncoderTraining(material.start, examples, {}, recipe.weights, _NEVER, options)

    def scores(data: DevelopmentSet) -> Tensor:
        queries = [query for query in data.queries for _ in data.documents]
        flat = training.logits(queries, data.documents * len(data.queries))
        return flat.view(len(data.queries), len(data.documents))

    return Kind(training, _watched(material, scores))


def codenn_run(material: Material) -> Kind:
    """CODEnn on the same pairs."""
    training = CodeNNTraining(material.groups, material.recipe.weights, material.recipe.run)

    def scores(data: DevelopmentSet) -> Tensor:
        words = vectors(training.network, data.queries, of_code=False)
        return words @ vectors(training.network, data.documents, of_code=True).T

    return Kind(training, _watched(material, scores))


def _watched(material: Material, scores: Scores) -> Callable[[], Mapping[str, float]]:
    sets = [read_development_set(folder, _QUERIES, _DOCUMENTS) for folder in material.dev]

    def evaluate() -> Mapping[str, float]:
        figures = {}
        for data in sets:
            order = scores(data).argsort(1, descending=True).tolist()
            values = [
                ndcg(row, relevant) for row, relevant in zip(order, data.relevant, strict=True)
            ]
            figures[data.name] = sum(values) / max(1, len(values))
        return figures

    return evaluate
