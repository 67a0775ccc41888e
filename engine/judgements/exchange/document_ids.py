"""The ids that judged texts have as documents of qrels and runs."""

from __future__ import annotations

from engine.database import Database


class DocumentIds:
    """One id for each text of a corpus: that of the chunk it was when it was judged first.

    A text that moved since keeps it. Where two texts were the same chunk, the second has a mark.
    Whatever part of a store is exported, the ids are the same.
    """

    def __init__(self, db: Database) -> None:
        self._ids: dict[tuple[str, str], str] = {}
        self._texts: dict[str, str] = {}  # chunk id → key of the text that has it
        for row in db.execute("SELECT corpus, chunk_key, chunk_id FROM judgements ORDER BY id"):
            self.of(*row)

    def of(self, corpus: str, chunk_key: str, chunk_id: str) -> str:
        """The id of a text that is a chunk now."""
        found = self._ids.get((corpus, chunk_key))
        if found is None:
            shared = self._texts.setdefault(chunk_id, chunk_key) != chunk_key
            found = f"{chunk_id}#{chunk_key[:12]}" if shared else chunk_id
            self._ids[corpus, chunk_key] = found
        return found
