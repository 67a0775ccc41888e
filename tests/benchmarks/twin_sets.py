"""Twins that training never saw, as evaluation sets: one routine in several frameworks.

The groups are those of the test split of `counterpart pairs recipe`, which holds out whole
packages. A query is the text of one framework; the corpus are all texts of all groups.

Models of one library share their layers, so a text often has copies in other groups. What is a
copy of a relevant text is relevant too, and copies of the query are skipped in the ranking, as the
query's own text is: no label would say which of them is meant.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from engine.code.frameworks import detect_frameworks
from engine.code.neutral import neutral_tokens
from engine.learning.groups import Group, read_groups
from engine.learning.minhash import runs
from tests.benchmarks.beir_folder import Set

TASK = "twins"
RUN = 3
COPY = 0.8
"""Overlap (Jaccard) of runs of three neutral tokens from which two texts are copies."""

QUERIES = 500
SEED = 20260101


def twin_sets(groups: Path, queries: int = QUERIES, longest: int = 0) -> dict[str, Set]:
    """`twins`, which asks for all counterparts, and `twins-target`, for one in a framework named.

    Texts whose framework the product cannot tell are asked for only in the first. With `longest`
    only groups whose texts have at most so many characters.
    """
    found = [
        group
        for group in read_groups(groups)
        if group.task == TASK
        and (not longest or all(len(text.content) <= longest for text in group.texts))
    ]
    texts = list(dict.fromkeys(text.content for group in found for text in group.texts))
    number_of = {text: number for number, text in enumerate(texts)}
    copies = copies_of(texts)
    partners = _partners(found, number_of)
    asked = random.Random(SEED).sample(sorted(partners), min(queries, len(partners)))
    frameworks = [{framework.value for framework in detect_frameworks(text)} for text in texts]
    documents = {f"text-{number}": text for number, text in enumerate(texts)}
    plain, targeted = Set(dict(documents)), Set(dict(documents))
    for result in (plain, targeted):
        result.languages = dict.fromkeys(documents, "Python")
    for query in asked:
        own = copies[query]
        relevant = {copy for partner in partners[query] for copy in copies[partner]} - own
        if not relevant:
            continue
        _ask(plain, f"text-{query}", texts[query], relevant, own)
        for target in sorted({name for other in relevant for name in frameworks[other]}):
            if target in frameworks[query]:
                continue
            key = f"text-{query}@{target}"
            wanted = {other for other in relevant if target in frameworks[other]}
            _ask(targeted, key, texts[query], wanted, own)
            targeted.targets[key] = target
    return {"twins": plain, "twins-target": targeted}


def _partners(groups: Sequence[Group], number_of: Mapping[str, int]) -> dict[int, set[int]]:
    """The counterparts of every text that has any: not hollow, and no near copies."""
    partners: dict[int, set[int]] = {}
    for group in groups:
        numbers = [number_of[text.content] for text in group.texts]
        for first, second in group.drawable():
            one, other = numbers[first], numbers[second]
            if one != other:
                partners.setdefault(one, set()).add(other)
                partners.setdefault(other, set()).add(one)
    return partners


def copies_of(texts: Sequence[str]) -> list[set[int]]:
    """The numbers of the texts that each text is a copy of, its own among them."""
    shingles = [set(runs(neutral_tokens(text, "Python"), RUN)) for text in texts]
    vocabulary = {run: column for column, run in enumerate(sorted(set().union(*shingles)))}
    columns = [vocabulary[run] for row in shingles for run in row]
    sizes = np.array([len(row) for row in shingles], dtype=np.int64)
    table = csr_array(
        (np.ones(len(columns), np.float32), columns, np.concatenate([[0], np.cumsum(sizes)])),
        shape=(len(texts), len(vocabulary)),
    )
    shared = (table @ table.T).tocoo()
    overlap = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    found: list[set[int]] = [{number} for number in range(len(texts))]
    for row, column in zip(shared.row[overlap >= COPY], shared.col[overlap >= COPY], strict=True):
        found[row].add(int(column))
    return found


def _ask(result: Set, key: str, text: str, relevant: set[int], own: set[int]) -> None:
    result.queries[key] = text
    result.qrels += [(key, f"text-{number}") for number in sorted(relevant)]
    result.excluded += [(key, f"text-{number}") for number in sorted(own)]
