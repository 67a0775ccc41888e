"""What lists show of a corpus."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np

from engine.corpus.index_file import IndexFile
from engine.corpus.schema import LIVE
from engine.corpus.table import frameworks_of
from engine.corpus.vectors import find_encoder, kept_keys
from engine.types_corpora import CorpusInfo, CorpusSpec


def summary(
    index: IndexFile | None,
    spec: CorpusSpec,
    fingerprint: str | None,
    problem: str,
    builtin: bool,
) -> CorpusInfo:
    """Counts of files, chunks, languages and frameworks; all zero without an index.

    Languages and frameworks are counted in chunks, the most frequent first.
    """
    files, languages, frameworks = 0, Counter[str](), Counter[str]()
    vectors = skipped = 0
    updated = None
    if index is not None:
        for language, problems, count, chunks in index.rows(
            "SELECT language, problem != '', count(*), sum(chunks) FROM files WHERE state = ?"
            " GROUP BY 1, 2",
            [LIVE],
        ):
            if problems:
                skipped += count
                continue
            files += count
            if chunks:
                languages[language] += chunks
        frameworks = _frameworks(index)
        vectors = _vectors(index, fingerprint)
        skipped += len(index.meta("skipped", []))
        moment = index.meta("updated", None)
        updated = datetime.fromisoformat(moment) if moment else None
    return CorpusInfo(
        name=spec.name,
        sources=spec.sources,
        files=files,
        chunks=languages.total(),
        vectors=vectors,
        languages=dict(languages.most_common()),
        frameworks=dict(frameworks.most_common()),
        skipped=skipped,
        updated=updated,
        builtin=builtin,
        lexical_only=spec.lexical_only,
        problem=problem,
        include=spec.include,
        exclude=spec.exclude,
        watch=spec.watch,
    )


def _column(index: IndexFile, name: str) -> bytes:
    rows = index.rows(
        f"SELECT c.{name} FROM columns c JOIN files f ON f.id = c.file WHERE f.state = ?", [LIVE]
    )
    return b"".join(blob for (blob,) in rows)


def _frameworks(index: IndexFile) -> Counter[str]:
    masks = np.frombuffer(_column(index, "frameworks"), dtype=np.uint16)
    counted: Counter[str] = Counter()
    for mask, count in zip(*np.unique(masks, return_counts=True), strict=True):
        for framework in frameworks_of(int(mask)):
            counted[framework.value] += int(count)
    return counted


def _vectors(index: IndexFile, fingerprint: str | None) -> int:
    """Chunks with a vector of that encoder; without one, of the encoder that has the most."""
    if fingerprint is None:
        encoders = [number for (number,) in index.rows("SELECT id FROM encoders")]
    else:
        found = find_encoder(index, fingerprint)
        encoders = [found[0]] if found else []
    live = np.frombuffer(_column(index, "vector_keys"), dtype=np.int64)
    counts = [int(np.isin(live, kept_keys(index, encoder)).sum()) for encoder in encoders]
    return max(counts, default=0)
