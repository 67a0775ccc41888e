"""Cross-encoders: how well a text answers a query, both read together.

Nothing here imports torch until a model is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.job import JobContext
from engine.models.device import Device
from engine.models.folder import fingerprint, max_tokens, read_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as SentenceCrossEncoder
    from tokenizers import Tokenizer
    from torch import Tensor

    from engine.models.bert import Bert

Scored = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Positions in the list of texts, and their scores."""

CPU_BATCH = 8
"""Pairs per batch on a CPU: about 0.1 s, which is how soon a new order can be shown."""
GPU_BATCH = 64
PAIRS_AT_ONCE = 2048
"""Pairs that are made into tokens, and sorted by length, together."""


class CrossEncoder(Protocol):
    """Scores texts against a query."""

    @property
    def name(self) -> str:
        """`bundled`, a Hugging Face id or a folder."""

    @property
    def fingerprint(self) -> str:
        """Names the model."""

    @property
    def device(self) -> Device:
        """Where it runs."""

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        """Scores in [0, 1], a batch at a time: the first texts first, then the rest by length.

        Raises `Cancelled` between two batches when `ctx` was cancelled.
        """

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """All scores, in [0, 1], (n,), in the order of `texts`."""


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))).astype(np.float32)


def plan(lengths: Sequence[int], device: Device) -> list[list[int]]:
    """Batches of rows: the first rows as they come, then the rest sorted by length.

    The first batch holds the best candidates, whose order is what the user looks at.
    """
    size = GPU_BATCH if device.is_gpu else CPU_BATCH
    rest = sorted(range(size, len(lengths)), key=lambda row: lengths[row])
    order = [*range(min(size, len(lengths))), *rest]
    return [order[start : start + size] for start in range(0, len(order), size)]


def _gather(stream: Iterator[Scored], count: int) -> NDArray[np.float32]:
    scores = np.zeros(count, dtype=np.float32)
    for rows, values in stream:
        scores[rows] = values
    return scores


class BertCrossEncoder:
    """A BERT with one output, run by `engine.models.bert`: the bundled cross-encoder's form.

    A pair is cut to the model's limit from the end of whichever side is longer, so that a short
    question leaves its room to the code, and two long snippets share it.
    """

    def __init__(self, bert: Bert, tokenizer: Tokenizer, name: str, mark: str) -> None:
        self._bert = bert
        self._tokenizer = tokenizer
        self.name = name
        self.fingerprint = mark
        self.device = bert.device

    @classmethod
    def load(cls, folder: Path, device: Device, name: str | None = None) -> BertCrossEncoder:
        """Read a model folder. Raises `ModelError`."""
        from engine.models.runtime import load_network

        bert = load_network(folder, device)
        if not bert.has_head:
            raise ModelError(
                f"the model in {folder} has no classification head, so it cannot score pairs; "
                "choose a cross-encoder"
            )
        limit = max_tokens(folder, bert.config)
        tokenizer = read_tokenizer(folder, bert.config, limit)
        return cls(bert, tokenizer, name or str(folder), fingerprint(folder, "pair", limit))

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        """See `CrossEncoder.stream`."""
        import torch

        from engine.models.batches import batch_rows, make_batch

        encodings = self._tokenizer.encode_batch_fast([(query, text) for text in texts])
        lengths = [len(encoding.ids) for encoding in encodings]
        if self.device.is_gpu:  # all at once is soon enough
            groups = batch_rows(lengths, self.device.batch_tokens)
        else:
            groups = plan(lengths, self.device)
        for rows in groups:
            if ctx is not None:
                ctx.check()
            with torch.inference_mode():
                logits = self._bert.logits(make_batch(self.device, encodings, rows))
            yield np.array(rows, dtype=np.int64), _sigmoid(logits.cpu().numpy())

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `CrossEncoder.score`."""
        return _gather(self.stream(query, texts, ctx), len(texts))

    def score_pairs(
        self, pairs: Sequence[tuple[str, str]], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """Scores in [0, 1] of pairs (query, text) with any queries, (n,): for many at once.

        A graphics processor computes while the next pairs are made into tokens: nothing is read
        back before the end. Raises `Cancelled` between two batches.
        """
        import torch

        from engine.models.batches import batch_rows, make_batch

        found: list[tuple[list[int], Tensor]] = []
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            encodings = self._tokenizer.encode_batch_fast(pairs[start : start + PAIRS_AT_ONCE])
            lengths = [len(encoding.ids) for encoding in encodings]
            for rows in batch_rows(lengths, self.device.batch_tokens):
                if ctx is not None:
                    ctx.check()
                with torch.inference_mode():
                    logits = self._bert.logits(make_batch(self.device, encodings, rows))
                found.append(([start + row for row in rows], logits))
        scores = np.zeros(len(pairs), dtype=np.float32)
        for rows, logits in found:
            scores[rows] = _sigmoid(logits.cpu().numpy())
        return scores


class SentenceTransformerCrossEncoder:
    """Any other one-output cross-encoder that sentence-transformers can read."""

    def __init__(self, model: SentenceCrossEncoder, name: str, mark: str, device: Device) -> None:
        self._model = model
        self.name = name
        self.fingerprint = mark
        self.device = device

    def stream(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> Iterator[Scored]:
        """See `CrossEncoder.stream`."""
        import torch

        for rows in plan([len(text) for text in texts], self.device):
            if ctx is not None:
                ctx.check()
            scores = self._model.predict(
                [(query, texts[row]) for row in rows],
                batch_size=len(rows),
                activation_fn=torch.nn.Sigmoid(),
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            values = np.asarray(scores, dtype=np.float32).reshape(len(rows))
            yield np.array(rows, dtype=np.int64), values

    def score(
        self, query: str, texts: Sequence[str], ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `CrossEncoder.score`."""
        return _gather(self.stream(query, texts, ctx), len(texts))
