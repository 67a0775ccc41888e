"""The CodeSearchNet challenge (Husain et al., 2019) as its own program evaluates it.

For each language, each query of the annotations has a DCG with the gain 2^rel − 1, rel being the
mean of what people said of a function. *Within* passes over functions that nobody has annotated;
*all* counts them as places. Queries without a positive annotation do not count. Predictions are a
CSV file with the columns `language`, `query` and `url`, in the order of the ranking, of which the
first 300 for each query and language count.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.datasets.annotations import COLUMNS, NAME
from engine.datasets.reading import csv_rows
from engine.datasets.records import text_of
from engine.errors import DataError
from engine.evaluation.metrics import mean
from engine.judgements.exchange.files import open_new

MOST_URLS = 300
HIGHEST = 3
"""The best grade of the annotations."""

Relevance = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Language → query → URL → mean grade; languages and queries in lower case."""

Predictions = Mapping[str, Mapping[str, Sequence[str]]]
"""Language → query → URLs, best first."""


@dataclass(frozen=True, slots=True)
class LanguageScore:
    """What predictions reach in one language. Coverage is the share of annotated functions.

    `repeated` predictions name a function a second time: they count twice, and nDCG may pass 1.
    """

    language: str
    queries: int
    within: float
    all: float
    coverage: float
    coverage_positive: float
    repeated: int = 0


def annotation_file(place: Path) -> Path:
    """The annotations at a file or in a folder. Raises `DataError` if there are none."""
    path = place / NAME if place.is_dir() else place
    if not path.is_file():
        raise DataError(f"there is no {NAME} at {place}; give that file or its folder")
    return path


def read_relevance(path: Path) -> Relevance:
    """Read `annotationStore.csv`. Raises `DataError`."""
    grades: dict[tuple[str, str, str], list[float]] = {}
    for where, row in csv_rows(path):
        if COLUMNS - row.keys():
            raise DataError(f"{path} has no columns {', '.join(sorted(COLUMNS))}; get it again")
        try:
            grade = float(row["Relevance"])
        except (TypeError, ValueError):
            raise DataError(f"{where}: the grade {row['Relevance']!r} is not a number") from None
        if not 0 <= grade <= HIGHEST:  # neither is nan
            raise DataError(f"{where}: the grade {grade} is not from 0 to {HIGHEST}")
        key = (
            text_of(row, "Language", where).lower(),
            text_of(row, "Query", where).lower(),
            text_of(row, "GitHubUrl", where),
        )
        grades.setdefault(key, []).append(grade)
    if not grades:
        raise DataError(f"{path} has no annotations; get it again")
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (language, query, url), given in grades.items():
        found.setdefault(language, {}).setdefault(query, {})[url] = mean(given)
    return found


def read_predictions(path: Path) -> Predictions:
    """Read a file of predictions. Raises `DataError` naming the first line that is wrong."""
    found: dict[str, dict[str, list[str]]] = {}
    for where, row in csv_rows(path):
        missing = {"language", "query", "url"} - row.keys()
        if missing:
            raise DataError(
                f"{path} has no column {min(missing)}; it needs language, query and url"
            )
        values = [text_of(row, name, where) for name in ("language", "query", "url")]
        if not all(value.strip() for value in values):
            raise DataError(f"{where}: a field is empty; write language, query and url")
        language, query, url = values
        urls = found.setdefault(language.lower(), {}).setdefault(query.lower(), [])
        if len(urls) < MOST_URLS:
            urls.append(url)
    if not found:
        raise DataError(f"{path} has no predictions; write language, query and url per line")
    return found


def write_predictions(path: Path, rows: Iterable[tuple[str, str, str]]) -> int:
    """Write rows of language, query and URL, in ranking order; how many. Raises `DiskError`."""
    count = 0
    with open_new(path) as file:
        writer = csv.writer(file)
        writer.writerow(("language", "query", "url"))
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def score(predictions: Predictions, relevance: Relevance) -> list[LanguageScore]:
    """The scores of every language that has predictions. Raises `DataError` if none has."""
    known = sorted(set(predictions) & set(relevance))
    if not known:
        raise DataError(
            "no language of the predictions has annotations; languages are "
            + ", ".join(sorted(relevance))
        )
    return [_score_language(name, predictions[name], relevance[name]) for name in known]


def challenge_ndcg(
    urls: Sequence[str], grades: Mapping[str, float], *, within: bool
) -> float | None:
    """One query's nDCG; None if nothing relevant is annotated for it.

    A URL that comes twice counts twice, as it does in the challenge's own program.
    """
    ideal = _dcg(sorted(grades.values(), reverse=True))
    if ideal == 0.0:
        return None
    counted = [url for url in urls if url in grades] if within else urls
    return _dcg([grades.get(url, 0.0) for url in counted]) / ideal


def _score_language(
    language: str,
    predictions: Mapping[str, Sequence[str]],
    relevance: Mapping[str, Mapping[str, float]],
) -> LanguageScore:
    within: list[float] = []
    everything: list[float] = []
    for query, grades in relevance.items():
        urls = predictions.get(query, ())
        value = challenge_ndcg(urls, grades, within=True)
        if value is not None:
            within.append(value)
            everything.append(challenge_ndcg(urls, grades, within=False) or 0.0)
    return LanguageScore(
        language=language,
        queries=len(within),
        within=mean(within),
        all=mean(everything),
        coverage=_coverage(predictions, relevance, least=-math.inf),
        coverage_positive=_coverage(predictions, relevance, least=0.0),
        repeated=sum(len(urls) - len(set(urls)) for urls in predictions.values()),
    )


def _coverage(
    predictions: Mapping[str, Sequence[str]],
    relevance: Mapping[str, Mapping[str, float]],
    least: float,
) -> float:
    """The share of functions graded above `least` that the predictions have."""
    there = found = 0
    for query, grades in relevance.items():
        urls = set(predictions.get(query, ()))
        wanted = [url for url, grade in grades.items() if grade > least]
        there += len(wanted)
        found += len(urls.intersection(wanted))
    return found / there if there else 0.0


def _dcg(grades: Sequence[float]) -> float:
    return math.fsum((2**g - 1) / math.log2(rank + 1) for rank, g in enumerate(grades, start=1))
