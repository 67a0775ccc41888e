"""What a package held already when CodeSearchNet was collected, and may not be trained on.

CodeSearchNet's test split (of June 2019) is not at hand, so nothing that may stand in it is used:
packages that are older are compared with their first release after that date, function by function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.learning.leakage.tokens import digest, tokens_of, words_of
from engine.learning.packages import SourceFile

SHARE = 0.5
"""A text is older if this part of its runs of `RUN` tokens stood in the older release."""

RUN = 5


class OlderRelease:
    """Knows every run of tokens of a release, in code and in comments."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._runs: set[int] = set()
        for file in files:
            self._runs.update(_runs(tokens_of(file.text)))
            self._runs.update(_runs(words_of(file.text)))

    def __len__(self) -> int:
        return len(self._runs)

    def holds(self, text: str) -> bool:
        """Whether most of `text` stood in the release. Says no of a text shorter than a run."""
        runs = _runs(tokens_of(text))
        return bool(runs) and sum(run in self._runs for run in runs) >= SHARE * len(runs)


def _runs(tokens: Sequence[str]) -> list[int]:
    return [digest(tokens[at : at + RUN]) for at in range(len(tokens) - RUN + 1)]
