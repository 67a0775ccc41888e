"""Encoders: texts to vectors whose inner product is their similarity.

Nothing here imports torch until a model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.job import JobContext
from engine.models.device import Device, Library, Precision
from engine.models.folder import fingerprint, max_tokens, read_bert_config, read_tokenizer
from engine.models.own_closeness import Closeness

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from engine.models.bert import Bert

Role = Literal["query", "document"]

WINDOWS = 3
"""How many windows of a long text are read."""


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """`bundled`, a Hugging Face id or a folder."""

    @property
    def fingerprint(self) -> str:
        """Names the vectors: equal fingerprints mean vectors that may be compared."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def device(self) -> Device:
        """Where it runs."""

    closeness: Closeness | None
    """The scale of its similarities; None as long as it is not known."""

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """L2-normalised vectors (n, dimension), in the order of `texts`.

        Raises `Cancelled` between two batches when `ctx` was cancelled.
        """


class BertEncoder:
    """A BERT with mean pooling, run by `engine.models.bert`: the bundled encoder's form.

    A text longer than the model's limit is read in up to `WINDOWS` windows whose vectors are
    averaged by their length: what is not read is not found. `docs/runtimes.md` has the figures.
    """

    def __init__(self, bert: Bert, tokenizer: Tokenizer, name: str, mark: str) -> None:
        self._bert = bert
        self._tokenizer = tokenizer
        self.name = name
        self.fingerprint = mark
        self.dimension = bert.config.hidden_size
        self.device = bert.device
        self.closeness: Closeness | None = None

    @classmethod
    def load(cls, folder: Path, device: Device, name: str | None = None) -> BertEncoder:
        """Read a model folder. Raises `ModelError`."""
        from engine.models.runtime import load_network

        bert = load_network(folder, device)
        limit = max_tokens(folder, bert.config)
        tokenizer = read_tokenizer(folder, bert.config, limit)
        settings = _settings(limit)
        if bert.device.precision is Precision.INT8:
            settings = _settings(limit, bert.device.library)
        return cls(bert, tokenizer, name or str(folder), fingerprint(folder, *settings))

    @staticmethod
    def marks(folder: Path) -> frozenset[str]:
        """The fingerprints that the model in a folder may have. Raises `ModelError`."""
        limit = max_tokens(folder, read_bert_config(folder))
        ways = (None, *Library)
        return frozenset(fingerprint(folder, *_settings(limit, int8)) for int8 in ways)

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        import torch

        from engine.models.batches import batches

        windows, owners = [], []
        for owner, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts))):
            for window in [encoding, *encoding.overflowing][:WINDOWS]:
                windows.append(window)
                owners.append(owner)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with torch.inference_mode():
            for batch in batches(self.device, windows):
                if ctx is not None:
                    ctx.check()
                pooled = self._bert.mean_pooled(batch).cpu().numpy()
                of = [owners[row] for row in batch.rows]
                np.add.at(vectors, of, pooled * np.array(batch.lengths)[:, None])
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors

    def encode_pieces(self, texts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """Contextual vectors of the pieces of each text; see `engine.models.pieces`."""
        from engine.models.pieces import encode_pieces

        return encode_pieces(self._bert, self._tokenizer, texts)


def _settings(limit: int, int8: Library | None = None) -> tuple[object, ...]:
    """What a fingerprint is made of beside the files.

    Vectors of int8 are too far from the others' to be compared with them.
    """
    settings = ("mean", limit, WINDOWS)
    return settings if int8 is None else (*settings, int8.value, Precision.INT8.value)


class SentenceTransformerEncoder:
    """Any other model that sentence-transformers can read, from safetensors."""

    def __init__(self, model: SentenceTransformer, name: str, mark: str, device: Device) -> None:
        self._model = model
        self.name = name
        self.fingerprint = mark
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.device = device
        self.closeness: Closeness | None = None

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: JobContext | None = None
    ) -> NDArray[np.float32]:
        """See `Encoder.encode`. A model that has prompts for the roles gets them."""
        from engine.models.batches import batch_rows

        encode = self._model.encode_query if role == "query" else self._model.encode_document
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # About four characters a token; what the model cuts off does not count.
        limit = self._model.max_seq_length or 512
        lengths = [min(len(text) // 4 + 2, limit) for text in texts]
        for rows in batch_rows(lengths, self.device.batch_tokens):
            if ctx is not None:
                ctx.check()
            vectors[rows] = encode(
                [texts[row] for row in rows],
                batch_size=len(rows),
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors
