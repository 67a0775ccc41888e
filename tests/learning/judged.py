"""An engine over tiny models with ten judged queries, and a short training on them."""

from __future__ import annotations

import json
from pathlib import Path

from engine.engine import Engine
from engine.job import run_to_end
from engine.paths import RESOURCES, Paths
from engine.types import Grade
from engine.types_judging import QuerySource, QueueSpec, Verdict
from engine.types_training import MiningOptions, TrainingSpec
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder, words_of

TASKS = json.loads((RESOURCES / "sample" / "tasks.json").read_text("utf-8"))

SPEC = TrainingSpec(
    name="first",
    steps=8,
    batch=2,
    max_tokens=32,
    sample=False,
    mining=MiningOptions(range_max=5, num_negatives=3),
)


def judged_engine(folder: Path) -> Engine:
    """The engine; its data lie in `folder/home`. Whoever asks closes it."""
    words = words_of(" ".join(task["description"] for task in TASKS.values()))
    engine = Engine(Paths(folder / "home"))
    engine.set_setting("encoder", str(make_encoder_folder(folder / "encoder", words)))
    model = make_cross_encoder_folder(folder / "cross-encoder", words)
    engine.set_setting("cross-encoder", str(model))
    tasks = list(TASKS.values())[:10]
    source = QuerySource(texts=tuple(task["description"] for task in tasks))
    run_to_end(engine.make_queue(QueueSpec("q", "sample", source, 8, ("bm25",), repeats=0)))
    right = {task["description"]: set(task["files"].values()) for task in tasks}
    view = engine.open_queue("q", "ada")
    while view.upcoming:
        candidate = view.upcoming[0]
        grade = Grade(3 if candidate.chunk.path in right[candidate.query.text] else 0)
        view = engine.answer(Verdict(candidate.slot, grade))
    return engine
