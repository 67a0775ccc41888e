"""`counterpart watch`: a corpus kept up to date until Ctrl+C."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from engine.commands.output import note, plain
from engine.commands.session import open_engine
from engine.engine import Engine
from engine.errors import CorpusError
from engine.job import Job, run_to_end
from engine.types_corpora import ChangeKind, CorpusInfo, FileChange, IndexReport

POLL_SECONDS = 0.1


def run(arguments: argparse.Namespace) -> int:
    """Follow the corpus; ends with `KeyboardInterrupt`."""
    with open_engine(arguments) as engine:
        _Watch(engine, arguments.name, arguments.json, arguments.lexical_only).run()
    return 0


class _Watch:
    """Prints one line for each change once it can be searched."""

    def __init__(self, engine: Engine, name: str, as_json: bool, lexical_only: bool) -> None:
        self._engine = engine
        self._name = name
        self._as_json = as_json
        info = self._info()
        if info.problem:
            raise CorpusError(info.problem)
        if not info.watchable:
            raise CorpusError(
                f"{name} has no folder or file that could be watched; bring it up to date with "
                f"counterpart index --name {name} --refresh"
            )
        self._lexical_only = lexical_only or info.lexical_only
        self._embedding: Job[CorpusInfo] | None = None

    def run(self) -> None:
        """Watch, take in, embed, in turns; for ever."""
        self._engine.follow_corpora((self._name,))
        info = self._info()
        if not info.watching:
            raise CorpusError(info.watch_problem)
        if info.watch_problem:
            note(info.watch_problem)
        self._say({"event": "watching", "name": self._name}, f"watching {self._name}; Ctrl+C ends")
        self._embed()
        try:
            while True:
                self._turn()
        finally:
            if self._embedding is not None:
                self._embedding.close()

    def _turn(self) -> None:
        news = self._engine.news()
        for problem in news.problems:
            raise CorpusError(problem)
        if self._name in news.changed:
            report: IndexReport | None = run_to_end(self._engine.follow(self._name))
            for change in report.changes if report is not None else ():
                self._say_change(change, report.seconds if report is not None else 0.0)
            self._embed()
        elif self._embedding is None:
            time.sleep(POLL_SECONDS)
        self._advance()

    def _embed(self) -> None:
        if self._embedding is None and not self._lexical_only:
            info = self._info()
            if info.vectors < info.chunks:
                self._embedding = self._engine.embed(self._name)

    def _advance(self) -> None:
        if self._embedding is None:
            return
        try:
            next(self._embedding)
        except StopIteration as end:
            info: CorpusInfo = end.value
            self._embedding = None
            self._say(
                {"event": "vectors", "vectors": info.vectors, "chunks": info.chunks},
                f"vectors   {info.vectors:,} of {info.chunks:,} chunks",
            )

    def _say_change(self, change: FileChange, seconds: float) -> None:
        event = {
            "event": change.kind,
            "path": change.path,
            "before": change.before or None,
            "seconds": round(seconds, 3),
        }
        came_from = f"  (was {change.before})" if change.kind is ChangeKind.RENAMED else ""
        self._say(event, f"{change.kind.value:8}  {change.path}{came_from}")

    def _say(self, event: dict[str, Any], line: str) -> None:
        print(json.dumps(plain(event)) if self._as_json else line, flush=True)

    def _info(self) -> CorpusInfo:
        for info in self._engine.corpora():
            if info.name == self._name:
                return info
        raise CorpusError(f"there is no corpus named {self._name}; see counterpart corpora")
