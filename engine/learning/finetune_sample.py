"""What the sample corpus asks: a fixed set of questions that tells whether a model forgot."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable

from engine.code.normal import text_key
from engine.corpus.collection import Collection
from engine.learning.finetune_evaluate import SAMPLE, Asked
from engine.paths import RESOURCES
from engine.types import Chunk, Grade, Query

TASKS = RESOURCES / "sample" / "tasks.json"
IN_WORDS, IN_CODE = 24, 24
"""How many questions of each sort: enough for a fall to show, few enough to ask in a minute."""

_SEED = 7


def sample_queries(collection: Collection) -> list[Asked]:
    """Questions in words for every version of a task, and versions that ask for the others."""
    chunks = collection.chunks(range(len(collection.table.ids)))
    of_path: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        of_path[chunk.path].append(chunk)
    tasks = json.loads(TASKS.read_text(encoding="utf-8"))
    rng = random.Random(_SEED)
    words = [
        Asked(Query(task["description"], SAMPLE), _grades(of_path, task["files"].values()))
        for task in rng.sample(list(tasks.values()), min(IN_WORDS, len(tasks)))
    ]
    versions = [(task, path) for task in tasks.values() for path in task["files"].values()]
    code = []
    for task, path in rng.sample(versions, min(IN_CODE, len(versions))):
        own = of_path.get(path, [])
        if not own:
            continue
        longest = max(own, key=lambda chunk: len(chunk.text))
        others = [other for other in task["files"].values() if other != path]
        skipped = frozenset(text_key(chunk.text) for chunk in own)
        code.append(Asked(Query(longest.text, SAMPLE), _grades(of_path, others), skipped))
    return [asked for asked in (*words, *code) if asked.grades]


def _grades(of_path: dict[str, list[Chunk]], paths: Iterable[str]) -> dict[int, int]:
    return {
        text_key(chunk.text): int(Grade.EXACT) for path in paths for chunk in of_path.get(path, [])
    }
