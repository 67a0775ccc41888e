"""CODEnn (Gu, Zhang, Kim, 2018, Deep Code Search): a baseline without a pretrained transformer.

A method is its name, the sequence of its API calls and the bag of its tokens, each embedded by a
tower of its own; a dense layer fuses the three. A description has one tower. Both ends meet in one
space, where the cosine ranks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from engine.code.tokens import name_set, split_identifier

PADDING, UNKNOWN = 0, 1
MARGIN = 0.05
"""Of the hinge loss, as in the paper."""

_DEFINED = re.compile(r"\b(?:def|class|function|fn|func)\s+([A-Za-z_]\w*)")
_CALL = re.compile(r"(?<![\w.])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\s*\(")
_NAME = re.compile(r"[A-Za-z_]\w*")
_NOT_CALLED = name_set(
    "def class if elif while for return and or not in is lambda with except assert yield print "
    "switch catch function fn func"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each is read: of names in parts, of calls, of tokens and words."""

    name: int = 6
    calls: int = 30
    tokens: int = 50
    words: int = 30


@dataclass(frozen=True, slots=True)
class Parts:
    """What the towers read of one code: words of its name, its calls, its tokens."""

    name: list[str]
    calls: list[str]
    tokens: list[str]


def parts_of(code: str, limits: Limits) -> Parts:
    """Take a code apart. The name is that of the first definition; tokens come once each."""
    found = _DEFINED.search(code)
    name = _words(found.group(1)) if found else []
    defined = {match.start(1) for match in _DEFINED.finditer(code)}
    calls = [
        match.group(1).rpartition(".")[2].lower()
        for match in _CALL.finditer(code)
        if match.start(1) not in defined and match.group(1) not in _NOT_CALLED
    ]
    tokens = dict.fromkeys(word for found in _NAME.findall(code) for word in _words(found))
    return Parts(name[: limits.name], calls[: limits.calls], list(tokens)[: limits.tokens])


def words_of(description: str, limits: Limits) -> list[str]:
    """The words of a description, identifiers in parts."""
    words = [word for name in _NAME.findall(description) for word in _words(name)]
    return words[: limits.words]


def _words(name: str) -> list[str]:
    parts = split_identifier(name)
    return list(parts[1:] or parts)


def make_vocabulary(lists: Iterable[Sequence[str]], size: int) -> dict[str, int]:
    """The `size` most frequent words, numbered after padding and the unknown word."""
    counts = Counter(word for words in lists for word in words)
    # By name among equals, so that the same data give the same numbers.
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:size]
    return {word: number for number, word in enumerate(ranked, UNKNOWN + 1)}


class _Sequence(nn.Module):
    """Embeds a sequence: bidirectional LSTM, maximum over time."""

    def __init__(self, words: int, width: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words + UNKNOWN + 1, width, padding_idx=PADDING)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (n, t), 0 after the end → (n, 2 · hidden)."""
        lengths = (ids != PADDING).sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(
            self.embedding(ids), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, padding_value=float("-inf")
        )
        return torch.tanh(states.amax(1))


class _Bag(nn.Module):
    """Embeds a bag of words: a dense layer for each, maximum over all."""

    def __init__(self, words: int, width: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words + UNKNOWN + 1, width, padding_idx=PADDING)
        self.dense = nn.Linear(width, hidden)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (n, t), 0 after the end → (n, hidden)."""
        states = torch.tanh(self.dense(self.embedding(ids)))
        filler = (ids == PADDING).unsqueeze(-1)
        filler = filler & (ids != PADDING).any(1)[:, None, None]  # an empty bag keeps its filler
        return states.masked_fill(filler, float("-inf")).amax(1)


class CodeNN(nn.Module):
    """The four towers. `vocabularies` are those of `name`, `calls`, `tokens` and `words`."""

    def __init__(
        self,
        vocabularies: Mapping[str, Mapping[str, int]],
        width: int = 100,
        hidden: int = 200,
        limits: Limits | None = None,
    ) -> None:
        super().__init__()
        self.vocabularies = vocabularies
        self.width, self.hidden, self.limits = width, hidden, limits or Limits()
        self.name = _Sequence(len(vocabularies["name"]), width, hidden)
        self.calls = _Sequence(len(vocabularies["calls"]), width, hidden)
        self.tokens = _Bag(len(vocabularies["tokens"]), width, 2 * hidden)
        self.words = _Sequence(len(vocabularies["words"]), width, hidden)
        self.fusion = nn.Linear(6 * hidden, 2 * hidden)
        self.described = nn.Linear(2 * hidden, 2 * hidden)

    def codes(self, codes: Sequence[str]) -> Tensor:
        """Normalised vectors (n, 2 · hidden)."""
        parts = [parts_of(code, self.limits) for code in codes]
        towers = [
            self.name(self._ids("name", [part.name for part in parts])),
            self.calls(self._ids("calls", [part.calls for part in parts])),
            self.tokens(self._ids("tokens", [part.tokens for part in parts])),
        ]
        return functional.normalize(torch.tanh(self.fusion(torch.cat(towers, 1))), dim=1)

    def descriptions(self, descriptions: Sequence[str]) -> Tensor:
        """Normalised vectors (n, 2 · hidden)."""
        words = [words_of(description, self.limits) for description in descriptions]
        states = self.words(self._ids("words", words))
        return functional.normalize(torch.tanh(self.described(states)), dim=1)

    def _ids(self, tower: str, lists: Sequence[Sequence[str]]) -> Tensor:
        vocabulary = self.vocabularies[tower]
        rows = [[vocabulary.get(word, UNKNOWN) for word in words] for words in lists]
        longest = max(1, *map(len, rows))
        filled = [[*row, *[PADDING] * (longest - len(row))] for row in rows]
        return torch.tensor(filled, device=self.fusion.weight.device)


def hinge(
    described: Tensor, codes: Tensor, copies: Tensor, shift: int, margin: float = MARGIN
) -> Tensor:
    """max(0, margin - cos(own) + cos(other)), the other `shift` rows on; copies do not count."""
    own = (described * codes).sum(1)
    other = (described.roll(-shift, 0) * codes).sum(1)
    rows = torch.arange(len(codes), device=codes.device)
    counted = ~copies[rows, (rows + shift) % len(codes)]
    return (functional.relu(margin - own + other) * counted).sum() / counted.sum().clamp(min=1)
