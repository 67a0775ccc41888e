"""Measures on which scale an encoder's similarities are, against those of the bundled one.

Both are asked the same of the same part of the sample corpus; what the bundled one found is kept
with it (`engine.evaluation.bundled_closeness`). `engine.models.own_closeness` says what for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean, pstdev
from typing import TypeVar

from engine.corpus.collection import MemoryCollection
from engine.errors import DataError, DiskError
from engine.evaluation.beir import BeirDocument
from engine.evaluation.documents import collection_of, vectors_of
from engine.job import Job, JobContext
from engine.models.encoder import Encoder
from engine.models.own_closeness import (
    AS_IT_IS,
    BUNDLED_FILE,
    Closeness,
    kept_at,
    line_to,
    read_closeness,
    write_closeness,
)
from engine.paths import RESOURCES
from engine.retrieval.features import Closest
from engine.retrieval.search import Searcher
from engine.retrieval.weights import NOTHING, load_weights
from engine.types import Progress, Query, QueryKind
from engine.types_models import MEASURING

T = TypeVar("T")

SAMPLE = RESOURCES / "sample"

TASKS = 28
"""Tasks of the sample corpus that are asked for, in words and by one version each. All their
versions are searched: some 130, enough for hubs to be taken off."""

WAYS = ("words", "code", "compared")
"""As `Closeness` names them."""

NEAR = 1.0
"""Spreads of the bundled encoder's closeness within which another's mean is left as it is. The
lines are from 28 queries each, and from plain cosines: on a scale half a spread away they gave
0.010 to one set and took 0.025 from another (`docs/choosing-models.md`)."""

_SEED = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """How close the closest is to the bundled encoder: mean and spread over the queries of each of
    `WAYS`; `taken` on average."""

    words: tuple[float, float]
    code: tuple[float, float]
    compared: tuple[float, float]
    taken: float


@dataclass(frozen=True, slots=True)
class _Asked:
    query: Query
    own: frozenset[int]  # the documents that hold its text


class _As:
    """An encoder on another scale than it has; what is in use meanwhile does not change."""

    def __init__(self, encoder: Encoder, closeness: Closeness) -> None:
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension, self.device = encoder.dimension, encoder.device
        self.encode = encoder.encode
        self.closeness: Closeness | None = closeness


def closeness_of(encoder: Encoder, cache: Path) -> Job[Closeness]:
    """The scale of an encoder as it was measured, or measured now: some 180 texts are encoded.

    Closing the job keeps what is encoded. Raises `DataError` if the sample corpus is damaged, and
    `DiskError`.
    """
    path = kept_at(cache, encoder.fingerprint)
    found = read_closeness(path)
    if found is None:
        found = yield from measure(encoder, cache)
        with suppress(DiskError):  # then it is measured again another time
            write_closeness(path, found)
    return found


def measure(encoder: Encoder, cache: Path) -> Job[Closeness]:
    """The lines from what an encoder finds close in the sample corpus to what the bundled one does.

    `AS_IT_IS` where that is much the same. Vectors are kept in `cache`.
    """
    bundled = bundled_scale()
    plain = _As(encoder, Closeness(whole=True))  # straight lines: its cosines as they are
    collection, asked = yield from _searched(plain, cache)
    found = yield from _closest(Searcher(collection, plain), asked)
    words, code = (_values(found, kind) for kind in (QueryKind.WORDS, QueryKind.CODE))
    if _is_near(bundled.words, words) and _is_near(bundled.code, code):
        return AS_IT_IS
    return Closeness(
        line_to(*bundled.words, words),
        line_to(*bundled.code, code),
        line_to(*bundled.compared, code),
        bundled.taken,
        whole=True,
    )


def _is_near(bundled: tuple[float, float], found: Sequence[float]) -> bool:
    """Whether a line would correct less than it is wrong by itself."""
    mean, spread = bundled
    own = pstdev(found)
    return abs(fmean(found) - mean) < NEAR * spread and spread / 2 < own < 2 * spread


def measure_bundled(encoder: Encoder, cache: Path) -> Job[Scale]:
    """What the encoder that the shares were fitted with finds close in the sample corpus."""
    apart = replace(load_weights(), level=NOTHING)  # no dialects are compared, nothing is taken
    collection, asked = yield from _searched(encoder, cache)
    found = yield from _closest(Searcher(collection, encoder), asked)
    alone = yield from _closest(Searcher(collection, encoder, None, apart), asked)
    return Scale(
        words=_mean_and_spread(_values(found, QueryKind.WORDS)),
        code=_mean_and_spread(_values(alone, QueryKind.CODE)),
        compared=_mean_and_spread(_values(found, QueryKind.CODE)),
        taken=fmean(one.taken for one in found if one.kind is QueryKind.CODE),
    )


def _searched(encoder: Encoder, cache: Path) -> Job[tuple[MemoryCollection, Sequence[_Asked]]]:
    """The part of the sample corpus, with its vectors, and what is asked of it."""
    documents, asked = _sample()
    collection = yield from _said(collection_of(documents))
    yield from _said(vectors_of(collection, encoder, cache))
    return collection, asked


def _said(job: Job[T]) -> Job[T]:
    """A job that is a part of the measuring, and says so."""
    try:
        while True:
            yield replace(next(job), stage=MEASURING)
    except StopIteration as end:
        found: T = end.value
        return found
    finally:
        job.close()


def _closest(searcher: Searcher, asked: Sequence[_Asked]) -> Job[list[Closest]]:
    found = []
    for done, one in enumerate(asked):
        yield Progress(MEASURING, done, len(asked))
        found.append(searcher.closest(one.query, JobContext(), one.own))
    return found


def _values(found: Sequence[Closest], kind: QueryKind) -> list[float]:
    return [one.similarity for one in found if one.kind is kind]


def _mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    return fmean(values), pstdev(values)


def _sample() -> tuple[list[BeirDocument], list[_Asked]]:
    try:
        tasks = json.loads((SAMPLE / "tasks.json").read_text(encoding="utf-8"))
        rng = random.Random(_SEED)
        documents: list[BeirDocument] = []
        asked: list[_Asked] = []
        for name in rng.sample(sorted(tasks), TASKS):
            files = sorted(file for file in tasks[name]["files"].values() if file.endswith(".py"))
            texts = [(SAMPLE / "code" / file).read_text(encoding="utf-8") for file in files]
            words = Query(tasks[name]["description"], "", kind=QueryKind.WORDS)
            asked.append(_Asked(words, frozenset()))
            number = rng.randrange(len(texts))
            code = Query(texts[number], "", kind=QueryKind.CODE)
            asked.append(_Asked(code, frozenset({len(documents) + number})))
            documents += [BeirDocument(*pair) for pair in zip(files, files, texts, strict=True)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"{SAMPLE} cannot be read; install Counterpart again") from error
    return documents, asked


@lru_cache(maxsize=1)
def bundled_scale() -> Scale:
    """What is kept of the bundled encoder. Raises `DataError`."""
    try:
        raw = json.loads(BUNDLED_FILE.read_text(encoding="utf-8"))
        words, code, compared = (
            (float(raw[name]["mean"]), float(raw[name]["spread"])) for name in WAYS
        )
        return Scale(words, code, compared, float(raw["taken"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{BUNDLED_FILE} cannot be read; install Counterpart again") from error
