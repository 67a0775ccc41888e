"""Pipelines as they are written: `bm25`, `rerank:top=100`, `rrf:k=60,depth=100`, …

    NAME[:KEY=VALUE[,KEY=VALUE…]]

Any of them takes `encoder=MODEL` and `cross-encoder=MODEL` (a folder or a Hugging Face id) in place
of the models in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import DataError

NAMES: Mapping[str, str] = {
    "bm25": "BM25 alone",
    "dense": "dense vectors alone",
    "hybrid": "the two legs mixed as the product mixes them",
    "rerank": "the default: hybrid, then the cross-encoder",
    "rrf": "reciprocal rank fusion of the two legs; k (100), depth of each list (500), safeguard",
    "no-bm25": "the default without BM25",
    "no-dense": "the default without vectors",
    "no-shape": "the default without the layout of the code",
    "no-levels": "the default with scores as they are, whatever the language and framework",
    "no-hubs": "the default with similarities as they are, whatever a chunk is similar to anyway",
    "no-witnesses": "the default without what the best of each dialect say of the others",
    "slow": "the cross-encoder on every document; for small corpora",
    "published": "the ranking that came with the data set; ranker=NAME",
}
STAGES = {
    "bm25": ("bm25",),
    "dense": ("dense",),
    "hybrid": ("bm25", "dense"),
    "rerank": ("bm25", "dense", "rerank"),
    "rrf": ("bm25", "dense"),
    "no-bm25": ("dense", "rerank"),
    "no-dense": ("bm25", "rerank"),
    "no-shape": ("bm25", "dense", "rerank"),
    "no-levels": ("bm25", "dense", "rerank"),
    "no-hubs": ("bm25", "dense", "rerank"),
    "no-witnesses": ("bm25", "dense", "rerank"),
    "slow": ("rerank",),
    "published": (),
}
"""The stages that each of them runs. The default without its last stage is `hybrid`."""

ALL = ("bm25", "dense", "hybrid", "rerank")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "all": ALL,
    "ablation": (
        "rerank",
        "no-bm25",
        "no-dense",
        "no-shape",
        "no-levels",
        "no-hubs",
        "no-witnesses",
        "hybrid",
    ),
    "depths": ("hybrid", "rerank:top=10", "rerank:top=30", "rerank:top=100"),
}
"""Several at once under one name."""

_NUMBERS = {"top": (1, 10_000), "k": (0, 100_000), "depth": (1, 10_000)}
_KEYS: Mapping[str, frozenset[str]] = {
    "rerank": frozenset({"top", "share"}),
    "no-bm25": frozenset({"top", "share"}),
    "no-dense": frozenset({"top", "share"}),
    "no-shape": frozenset({"top", "share"}),
    "no-levels": frozenset({"top", "share"}),
    "no-hubs": frozenset({"top", "share"}),
    "no-witnesses": frozenset({"top", "share"}),
    "rrf": frozenset({"k", "depth", "safeguard"}),
    "published": frozenset({"ranker", "top"}),
}


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """One pipeline with its settings. `top` None is the device's default depth, 0 none at all.

    `share` overrides how much the cross-encoder counts (0 to 1). `published` with a `top` reranks
    the first so many of the published ranking. `safeguard` looks at the labels: where none of the
    first 100 of an `rrf` is relevant, a relevant document is put after them, as NanoCoIR does it
    for those who rerank the list.
    """

    kind: str
    top: int | None = None
    share: float | None = None
    k: int = 100
    depth: int = 500
    safeguard: bool = False
    ranker: str = ""
    encoder: str = ""
    cross_encoder: str = ""

    @property
    def name(self) -> str:
        """The one way to write it."""
        settings = [
            ("ranker", self.ranker),
            ("top", self.top),
            ("share", self.share),
            ("k", self.k if self.kind == "rrf" and self.k != 100 else None),
            ("depth", self.depth if self.kind == "rrf" and self.depth != 500 else None),
            ("safeguard", "yes" if self.safeguard else None),
            ("encoder", self.encoder),
            ("cross-encoder", self.cross_encoder),
        ]
        said = ",".join(f"{key}={value}" for key, value in settings if value not in (None, ""))
        return f"{self.kind}:{said}" if said else self.kind

    @property
    def needs_encoder(self) -> bool:
        """Whether it embeds anything."""
        return "dense" in STAGES[self.kind]

    @property
    def needs_cross_encoder(self) -> bool:
        """Whether it reads pairs."""
        if self.kind == "published":
            return bool(self.top)
        return "rerank" in STAGES[self.kind] and self.top != 0

    def reads_default(self, rerank: int | None) -> bool:
        """Whether the device decides how many candidates its cross-encoder reads."""
        reads_some = self.needs_cross_encoder and self.kind != "slow"
        return reads_some and self.top is None and rerank is None


def parse_pipeline(text: str) -> PipelineSpec:
    """Read one pipeline. Raises `DataError`, naming what there is."""
    name, _, settings = text.strip().partition(":")
    if name not in NAMES:
        raise DataError(
            f"there is no pipeline {name!r}; take one of {', '.join((*NAMES, *GROUPS))}"
        )
    values: dict[str, str] = {}
    for part in filter(None, settings.split(",")):
        key, equals, value = part.partition("=")
        key, value = key.strip(), value.strip()
        known = _KEYS.get(name, frozenset()) | {"encoder", "cross-encoder"}
        if not equals or not value or key not in known:
            raise DataError(
                f"{text!r}: {part!r} is no setting of {name}; known are "
                + ", ".join(f"{key}=…" for key in sorted(known))
            )
        values[key] = value
    if name == "published" and "ranker" not in values:
        raise DataError(f"{text!r}: say which ranking, as in published:ranker=bm25")
    return PipelineSpec(
        kind=name,
        top=_number(text, values, "top", None),
        share=_share(text, values),
        k=_number(text, values, "k", 100) or 0,
        depth=_number(text, values, "depth", 500) or 500,
        safeguard=_yes(text, values, "safeguard"),
        ranker=values.get("ranker", ""),
        encoder=values.get("encoder", ""),
        cross_encoder=values.get("cross-encoder", ""),
    )


def parse_pipelines(texts: Sequence[str]) -> tuple[PipelineSpec, ...]:
    """Read several, groups of them (`all`) spelled out, each once. Raises `DataError`."""
    found: dict[str, PipelineSpec] = {}
    for text in texts:
        for one in GROUPS.get(text.strip(), (text,)):
            spec = parse_pipeline(one)
            found.setdefault(spec.name, spec)
    return tuple(found.values())


def _number(text: str, values: Mapping[str, str], key: str, default: int | None) -> int | None:
    if key not in values:
        return default
    low, high = _NUMBERS[key]
    if not values[key].isdecimal() or not low <= int(values[key]) <= high:
        raise DataError(f"{text!r}: {key} is a whole number from {low} to {high:,}")
    return int(values[key])


def _yes(text: str, values: Mapping[str, str], key: str) -> bool:
    if values.get(key, "no") not in ("yes", "no"):
        raise DataError(f"{text!r}: {key} is yes or no")
    return values.get(key) == "yes"


def _share(text: str, values: Mapping[str, str]) -> float | None:
    if "share" not in values:
        return None
    try:
        share = float(values["share"])
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise DataError(f"{text!r}: share is a number from 0 to 1")
    return share
