"""A cross-encoder that keeps what it has scored: the same pairs are asked for more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.job import JobContext
from engine.models.cross_encoder import CrossEncoder, Scored
from engine.models.device import Device


class RememberedCrossEncoder:
    """Another cross-encoder's scores, each computed once; see `CrossEncoder` for the methods.

    For work that ranks the same queries under several settings. Pairs are kept by their hash.
    """

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self._scores: dict[int, float] = {}

    def elsewhere(self, model: CrossEncoder) -> RememberedCrossEncoder:
        """The scores kept so far, for the same model from another folder.

        What a folder says beside its weights, such as the model's share, counts from then on.
        """
        assert model.fingerprint == self.fingerprint
        found = RememberedCrossEncoder(model)
        found._scores = self._scores
        return found

    @property
    def name(self) -> str:
        """The name of the model."""
        return self._model.name

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the model."""
        return self._model.fingerprint

    @property
    def device(self) -> Device:
        """Where the model runs."""
        return self._model.device

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        """All scores at once."""
        yield np.arange(len(texts), dtype=np.int64), self.score(query, texts, ctx)

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """Scores in [0, 1], (n,), in the order of `texts`."""
        keys = [hash((query, text)) for text in texts]
        new = [place for place, key in enumerate(keys) if key not in self._scores]
        if new:
            found = self._model.score(query, [texts[place] for place in new], ctx)
            for place, score in zip(new, found, strict=True):
                self._scores[keys[place]] = float(score)
        return np.array([self._scores[key] for key in keys], dtype=np.float32)
