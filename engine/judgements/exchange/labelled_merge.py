"""Labelled queries and documents as judgements of one judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.code.kind import detect_kind
from engine.database import transaction
from engine.errors import DataError
from engine.job import Job
from engine.judgements import records, values
from engine.judgements.chunk_json import chunk_from_json
from engine.judgements.exchange import query_ids, trec
from engine.judgements.exchange.labelled import Labelled
from engine.judgements.store import WHAT, JudgementStore
from engine.types import Chunk, Framework, Grade, JudgementDraft, Progress, Query, QueryKind
from engine.types_judging import Merged

BATCH = 200
_FRAMEWORKS = {framework.value: framework for framework in Framework}


def merge(store: JudgementStore, labelled: Labelled, corpus: str, judge: str) -> Job[Merged]:
    """Give the grades as judgements of a judge. What stands already with that grade stays.

    A grade beyond those of CodeSearchNet becomes the lowest or highest one. Raises `DataError` for
    a query or a document that is damaged; then nothing was changed.
    """
    found = list(_drafts(labelled, corpus))  # all of them, before the first is kept
    drafts = _of_each_pair(found)
    _keep_ids(store, labelled, corpus)
    added = updated = unchanged = 0
    for done, draft in enumerate(drafts, 1):
        before = store.standing(draft, judge)
        if before is draft.grade:
            unchanged += 1
        else:
            store.judge(draft, judge)
            added, updated = added + (before is None), updated + (before is not None)
        if done % BATCH == 0:
            yield Progress("merging", done, len(drafts))
    alike = len(found) - len(drafts)
    notes = (f"{alike} with the same texts as another: the better grade stands",)
    return Merged(added, updated, unchanged, notes=notes if alike else ())


def _of_each_pair(drafts: Iterable[JudgementDraft]) -> list[JudgementDraft]:
    """One draft for each query text and document text; of several the better grade counts.

    They are one judgement here, and it must not depend on which comes last.
    """
    found: dict[tuple[str, ...], JudgementDraft] = {}
    for draft in drafts:
        former = found.setdefault(records.identity(draft, ""), draft)
        if draft.grade is not None and former.grade is not None and draft.grade > former.grade:
            found[records.identity(draft, "")] = draft
    return list(found.values())


def _keep_ids(store: JudgementStore, labelled: Labelled, corpus: str) -> None:
    """Keep what the judged queries are called where they come from."""
    with transaction(store.database, WHAT) as db:
        for name in labelled.qrels:
            row = labelled.queries[name]
            query = _query(row, corpus)
            own = row.get("id")  # beside the encoded one, where an export wrote it
            own = own if isinstance(own, str) and trec.encode_id(own) == name else name
            key = records.content_key(query.text)
            query_ids.keep(db, records.clean(query.corpus), key, records.clean(own))


def _drafts(labelled: Labelled, corpus: str) -> Iterator[JudgementDraft]:
    for query_id, grades in labelled.qrels.items():
        query = _query(labelled.queries[query_id], corpus)
        for document, grade in grades.items():
            clipped = Grade(min(max(grade, Grade.IRRELEVANT), Grade.EXACT))
            yield JudgementDraft(query, _chunk(labelled.documents[document]), clipped)


def _query(row: Mapping[str, Any], corpus: str) -> Query:
    corpus = corpus or row.get("corpus") or ""
    try:
        if not values.text(corpus, "corpus"):
            raise DataError("the queries name no corpus; say which one with --corpus NAME")
        kind = row.get("kind")
        filters = values.filters(row.get("filters") or {})
        return Query(
            row["text"],
            corpus,
            QueryKind(kind) if kind else detect_kind(row["text"]),
            framework=_FRAMEWORKS.get(str(row.get("target"))),  # others have targets of their own
            language=filters.get("language") or None,
            path=filters.get("path") or None,
        )
    except (TypeError, ValueError) as error:
        raise DataError(f"the query {row['_id']!r} is damaged ({error})") from None


def _chunk(row: Mapping[str, Any]) -> Chunk:
    if isinstance(row.get("chunk"), dict):
        try:
            return chunk_from_json({**row["chunk"], "text": row["text"]})
        except (KeyError, TypeError, ValueError):
            raise DataError(f"the document {row['_id']!r} is damaged; export it again") from None
    text, title = row["text"], str(row.get("title") or "")
    lines = text.count("\n") + 1
    language = str(row.get("language") or "")
    name = str(row["_id"])
    return Chunk(name, name, "", 1, lines, "document", title, language, (), text)
