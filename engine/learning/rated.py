"""Pairs that carry targets of their own: people's labels and grades, without evaluation texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.errors import DataError
from engine.learning import public_sets
from engine.learning.graded import GradedPair, read_graded, read_targets
from engine.learning.groups import Text
from engine.learning.material import Material
from engine.learning.pair_rows import GRADED, LABELLED
from engine.learning.prepare import leakage_filter


def read_rated(material: Material) -> dict[str, list[GradedPair]]:
    """The pairs of each such task that the recipe weighs. Raises `DataError`."""
    weighed = material.recipe.weights
    return {task: read(material) for task, read in RATED.items() if task in weighed}


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
