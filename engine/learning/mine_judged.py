"""What the judgements of a store say of each query: counterparts, and what is none."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from engine.code.normal import text_key
from engine.code.understand import understand
from engine.database import Database
from engine.judgements import imported, records
from engine.judgements.chunk_json import chunk_of_judgement
from engine.judgements.consensus import Given, GradeTimes, grade_among
from engine.judgements.exchange.rows import rows_of
from engine.judgements.known import check_judges
from engine.types import Chunk, Framework, Grade, Query, QueryKind
from engine.types_training import Negative, Origin, Positive


@dataclass(slots=True)
class JudgedQuery:
    """A query with what was said of its results: all judges' word, or what was settled."""

    query: Query
    kind: QueryKind
    language: str | None
    graded: list[tuple[Chunk, Grade]] = field(default_factory=list)
    elsewhere: frozenset[int] = frozenset()  # text keys of what judges that do not count graded

    @property
    def positives(self) -> list[Positive]:
        """Grades 2 and 3 in the framework asked for, best first."""
        found = [(c, g) for c, g in self.graded if g >= Grade.STRONG and self._fits(c)]
        return [Positive(c, int(g)) for c, g in sorted(found, key=lambda pair: -pair[1])]

    @property
    def negatives(self) -> list[Negative]:
        """Verified ones: grades 0 and 1, and counterparts in a framework not asked for."""
        found = [Negative(c, Origin.JUDGED) for c, g in self.graded if g is Grade.IRRELEVANT]
        found += [Negative(c, Origin.WEAK) for c, g in self.graded if g is Grade.WEAK]
        found += [
            Negative(c, Origin.FRAMEWORK)
            for c, g in self.graded
            if g >= Grade.STRONG and not self._fits(c)
        ]
        return found

    def _fits(self, chunk: Chunk) -> bool:
        """Whether a chunk is in the framework asked for; one that names none fits any."""
        wanted = self.query.framework
        return wanted is None or not chunk.frameworks or wanted in chunk.frameworks


def judged_queries(db: Database, corpus: str = "", judges: Iterable[str] = ()) -> list[JudgedQuery]:
    """Every query that has grades (of some judges, of one corpus), in the order of the first one.

    Judgements of data sets count only if their judge is named; those of a binary set say exact or
    irrelevant. Raises `DataError` for a judge that nobody knows. The framework asked for is the one
    that the newest judgement of a query was made under.
    """
    found: dict[tuple[str, str], JudgedQuery] = {}
    grades: dict[tuple[str, str], dict[str, dict[str, Given]]] = {}
    chunks: dict[tuple[str, str], dict[str, Chunk]] = {}
    newest: dict[tuple[str, str], str] = {}
    judges = tuple(judges)
    check_judges(db, judges)
    sets = imported.judges(db) if judges else {}  # whoever is not named is no set
    binary = {judge for judge, highest in sets.items() if highest == 1}
    times = GradeTimes(db)
    for row in rows_of(db, corpus or None, judges):
        if row["grade"] is None:
            continue
        key = (row["corpus"], row["query_key"])
        if row["updated"] >= newest.get(key, ""):
            newest[key] = row["updated"]
            found[key] = _query(row)
        grade = Grade.EXACT if row["judge"] in binary and row["grade"] else Grade(row["grade"])
        given = Given(grade, times.of(row))
        grades.setdefault(key, {}).setdefault(row["chunk_key"], {})[row["judge"]] = given
        chunks.setdefault(key, {})[row["chunk_key"]] = chunk_of_judgement(row)
    others = _elsewhere(db, corpus, judges)
    for key, judged in found.items():
        judged.graded = [
            (chunks[key][chunk], grade_among(given)) for chunk, given in grades[key].items()
        ]
        judged.elsewhere = frozenset(others.get(key, ()))
    return list(found.values())


def _elsewhere(
    db: Database, corpus: str, judges: Collection[str]
) -> dict[tuple[str, str], set[int]]:
    """By query the texts that somebody graded whose grades do not count: they are no guesses."""
    names = ", ".join("?" * len(judges))
    counts = f"judge IN ({names})" if judges else _OF_PEOPLE
    found: dict[tuple[str, str], set[int]] = {}
    rows = db.execute(
        "SELECT corpus, query_key, chunk_text FROM judgements AS other"
        f" WHERE grade IS NOT NULL AND NOT {counts} AND (? = '' OR corpus = ?)"
        # No text of the many that a set may have is read but for a query that counts.
        " AND EXISTS (SELECT 1 FROM judgements WHERE corpus = other.corpus"
        f" AND query_key = other.query_key AND grade IS NOT NULL AND {counts})",
        (*judges, corpus, corpus, *judges),
    )
    for of_corpus, query, text in rows:
        found.setdefault((of_corpus, query), set()).add(text_key(text))
    return found


_OF_PEOPLE = f"substr(judge, 1, {len(imported.DATASET)}) != '{imported.DATASET}'"


def _query(row: records.Row) -> JudgedQuery:
    filters = json.loads(row["query_filters"])
    framework = Framework(filters["framework"]) if filters.get("framework") else None
    kind = QueryKind(row["query_kind"])
    query = Query(
        row["query_text"],
        row["corpus"],
        kind,
        framework,
        language=filters.get("language"),
        path=filters.get("path"),
    )
    return JudgedQuery(query, kind, understand(row["query_text"], kind).language)
