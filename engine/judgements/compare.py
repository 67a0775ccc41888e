"""The judges of a store, compared: with each other, with themselves; what is left to settle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from engine.code.understand import understand
from engine.database import Database, database_errors, transaction
from engine.errors import DataError
from engine.judgements import records, writing
from engine.judgements.agreement import (
    Level,
    Weights,
    alpha_with_interval,
    kappa_with_interval,
)
from engine.judgements.chunk_json import chunk_of_judgement
from engine.judgements.consensus import SETTLED, GradeTimes, stands
from engine.judgements.imported import DATASET
from engine.judgements.known import check_judges
from engine.judgements.store import WHAT
from engine.types import Grade, QueryKind
from engine.types_judging import (
    AgreementReport,
    Disagreement,
    PairAgreement,
    SelfAgreement,
)

Item = tuple[str, str, str]  # corpus, query key, chunk key
Graded = dict[Item, dict[str, int]]


def compare_judges(
    db: Database,
    corpus: str | None = None,
    judges: Sequence[str] = (),
    *,
    weights: Weights = "quadratic",
    level: Level = "ordinal",
) -> AgreementReport:
    """How well judges agree (all, or those named), with intervals over queries.

    Grades that settled something are no judge's opinion, and those of data sets count only for
    data sets that are named. Raises `DataError` for a judge that nobody knows.
    """
    check_judges(db, judges)
    graded = _graded(db, corpus, judges)
    counts: dict[str, int] = defaultdict(int)
    for grades in graded.values():
        for judge in grades:
            counts[judge] += 1
    shared = {item: grades for item, grades in graded.items() if len(grades) > 1}
    differing = {item for item, grades in shared.items() if len(set(grades.values())) > 1}
    by_query: dict[str, list[list[int]]] = defaultdict(list)
    for item, grades in shared.items():
        by_query[_query(item)].append(list(grades.values()))
    return AgreementReport(
        judges=dict(sorted(counts.items())),
        items=len(shared),
        alpha=alpha_with_interval(by_query, level),
        level=level,
        weights=weights,
        pairs=tuple(_pair(shared, pair, weights) for pair in combinations(sorted(counts), 2)),
        selves=tuple(_selves(db, corpus, judges, weights)),
        disagreements=len(differing),
        settled=len(differing & _standing(db, corpus)),
    )


def disagreements(
    db: Database,
    corpus: str | None = None,
    judges: Sequence[str] = (),
    *,
    settled: bool = False,
    limit: int | None = None,
) -> list[Disagreement]:
    """What judges graded differently, the widest apart first; with `settled` also what is settled.

    Something is open again when a judge has changed their mind after it was settled. Raises
    `DataError` for a judge that nobody knows.
    """
    check_judges(db, judges)
    graded = _graded(db, corpus, judges)
    decided = _settled(db, corpus)
    standing = _standing(db, corpus)
    wanted: list[tuple[int, Item]] = []
    for item, grades in graded.items():
        spread = max(grades.values()) - min(grades.values())
        if spread and (settled or item not in standing):
            wanted.append((-spread, item))
    wanted.sort(key=lambda found: found[0])
    return [
        _disagreement(db, item, judges, decided)
        for _, item in wanted[: limit if limit is not None else len(wanted)]
    ]


def settle(db: Database, judgement: int, grade: Grade | None, note: str = "") -> None:
    """Keep the grade that a disagreement was settled with, beside the originals; None reopens it.

    Raises `DataError` if there is no such judgement.
    """
    with transaction(db, WHAT):
        rows = list(db.query("SELECT * FROM judgements WHERE id = ?", (judgement,)))
        if not rows:
            raise DataError(f"there is no judgement {judgement}; list the disagreements again")
        writing.give_beside(db, rows[0], SETTLED, grade, note)


def _rows(db: Database, corpus: str | None) -> Iterable[records.Row]:
    where, values = ("", ()) if corpus is None else (" AND corpus = ?", (records.clean(corpus),))
    with database_errors(WHAT):
        yield from db.query(
            "SELECT id, corpus, query_key, chunk_key, judge, grade, updated FROM judgements"
            f" WHERE grade IS NOT NULL{where} ORDER BY id",
            values,
        )


def _graded(db: Database, corpus: str | None, judges: Sequence[str]) -> Graded:
    found: Graded = defaultdict(dict)
    for row in _rows(db, corpus):
        if _counts(row["judge"], judges):
            found[_item(row)][row["judge"]] = row["grade"]
    return found


def _counts(judge: str, wanted: Sequence[str]) -> bool:
    if wanted:
        return judge in wanted
    return judge != SETTLED and not judge.startswith(DATASET)


def _settled(db: Database, corpus: str | None) -> dict[Item, int]:
    """The grades that something was settled with, also those that stand no longer."""
    return {_item(row): row["grade"] for row in _rows(db, corpus) if row["judge"] == SETTLED}


def _standing(db: Database, corpus: str | None) -> set[Item]:
    """What is settled, and nobody has changed their mind of since."""
    times = GradeTimes(db)
    since: dict[Item, dict[str, str]] = defaultdict(dict)
    for row in _rows(db, corpus):
        since[_item(row)][row["judge"]] = times.of(row)
    return {item for item, found in since.items() if stands(found)}


def _pair(graded: Graded, pair: tuple[str, str], weights: Weights) -> PairAgreement:
    first, second = pair
    clusters: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for item, grades in graded.items():
        if first in grades and second in grades:
            clusters[_query(item)].append((grades[first], grades[second]))
    both = [found for pairs in clusters.values() for found in pairs]
    equal = sum(one == other for one, other in both) / len(both) if both else 0.0
    kappa = kappa_with_interval(clusters, weights)
    return PairAgreement(pair, len(both), len(clusters), equal, kappa)


def _selves(
    db: Database, corpus: str | None, judges: Sequence[str], weights: Weights
) -> list[SelfAgreement]:
    where, values = ("", ()) if corpus is None else (" AND j.corpus = ?", (records.clean(corpus),))
    clusters: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    with database_errors(WHAT):
        for row in db.query(
            "SELECT j.judge, j.corpus, j.query_key, j.grade AS first, r.grade AS second"
            " FROM repeats r JOIN judgements j ON j.id = r.judgement"
            f" WHERE j.grade IS NOT NULL AND r.grade IS NOT NULL{where}",
            values,
        ):
            if _counts(row["judge"], judges):
                query = f"{row['corpus']}:{row['query_key']}"
                clusters[row["judge"]][query].append((row["first"], row["second"]))
    return [_self(judge, found, weights) for judge, found in sorted(clusters.items())]


def _self(
    judge: str, clusters: Mapping[str, Sequence[tuple[int, int]]], weights: Weights
) -> SelfAgreement:
    both = [found for pairs in clusters.values() for found in pairs]
    equal = sum(one == other for one, other in both) / len(both)
    return SelfAgreement(judge, len(both), equal, kappa_with_interval(clusters, weights))


def _disagreement(
    db: Database,
    item: Item,
    judges: Sequence[str],
    decided: Mapping[Item, int],
) -> Disagreement:
    with database_errors(WHAT):
        rows = [
            row
            for row in db.query(
                "SELECT * FROM judgements WHERE corpus = ? AND query_key = ? AND chunk_key = ?"
                " AND grade IS NOT NULL ORDER BY judge",
                item,
            )
            if _counts(row["judge"], judges)
        ]
    newest = max(rows, key=lambda row: str(row["updated"]))
    return Disagreement(
        id=newest["id"],
        corpus=newest["corpus"],
        query_text=newest["query_text"],
        query_language=understand(newest["query_text"], QueryKind(newest["query_kind"])).language,
        chunk=chunk_of_judgement(newest),
        grades={row["judge"]: Grade(row["grade"]) for row in rows},
        notes={row["judge"]: row["note"] for row in rows if row["note"]},
        settled=Grade(decided[item]) if item in decided else None,
    )


def _item(row: Mapping[str, Any]) -> Item:
    return row["corpus"], row["query_key"], row["chunk_key"]


def _query(item: Item) -> str:
    return f"{item[0]}:{item[1]}"
