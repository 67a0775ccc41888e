"""Trains the cross-encoder: binary cross-entropy over counterparts and hard negatives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import DataError
from engine.learning.augment import Chances, vary
from engine.learning.backbones import classifier, tokenizer
from engine.learning.export import export_cross_encoder
from engine.learning.groups import Text
from engine.learning.negatives import RankedExample
from engine.learning.public_sets import LabelledPair
from engine.learning.replicas import Replicas, Share

LABELLED = "labelled"
_TOP = 10  # half of the hard negatives come from the encoder's first ranks


class CrossEncoderTraining:
    """The cross-encoder's side of a run.

    `options` is the recipe's `[run]` table: `batch` (queries a step), `negatives` (for each),
    `max_tokens` (of query and code together). `labelled` pairs form batches of their own.
    """

    def __init__(
        self,
        start: Path,
        examples: Iterable[RankedExample],
        labelled: Sequence[LabelledPair],
        weights: Mapping[str, float],
        chances: Chances,
        options: Mapping[str, Any],
    ) -> None:
        self._start = start
        self._labelled = labelled
        self._weights = dict(weights)
        self._chances = chances
        self._seed = int(options["seed"])
        self._batch = int(options["batch"])
        self._negatives = int(options["negatives"])
        self._max_tokens = int(options["max_tokens"])
        self._by_task: dict[str, list[RankedExample]] = defaultdict(list)
        for example in examples:
            self._by_task[example.task].append(example)
        for task, found in self._by_task.items():
            if len({example.positive.content for example in found}) < 2:
                raise DataError(f"{task} has hard negatives for one text only; mine more of them")
        known = {*self._by_task, *([LABELLED] if labelled else [])}
        if missing := sorted(set(weights) - known):
            raise DataError(f"no training data for {', '.join(missing)}; mine the negatives again")
        self.tokenizer = tokenizer(start)
        self.model: nn.Module = classifier(start)
        self._replicas = Replicas(self.model)

    def backward(self, step: int) -> tuple[float, dict[str, Any]]:
        """Gradients of the mean binary cross-entropy of the rows of `step`.

        `accuracy` is the share of queries whose counterpart scores highest (of labelled pairs: the
        share on the right side).
        """
        rng = random.Random(f"{self._seed}:{step}")
        tasks = sorted(self._weights)
        task = rng.choices(tasks, [self._weights[name] for name in tasks])[0]
        if task == LABELLED:
            queries, texts, labels = self._labelled_rows(rng)
        else:
            queries, texts, labels = self._ranked_rows(task, rng)
        target = torch.tensor(labels, device=self._replicas.device)
        parameters = list(self.model.parameters())
        logits = torch.zeros(len(labels))

        def work(model: nn.Module, shares: list[Share]) -> tuple[float, list[Tensor]]:
            total, gradients = 0.0, [torch.zeros_like(weight) for weight in parameters]
            own = list(model.parameters())
            for share in shares:
                scores = _score(model, share)
                loss = functional.binary_cross_entropy_with_logits(
                    scores, target[share.rows], reduction="sum"
                ) / len(labels)
                logits[share.rows.cpu()] = scores.detach().cpu()
                total += loss.item()
                for gradient, added in zip(gradients, torch.autograd.grad(loss, own), strict=True):
                    gradient += added  # bfloat16 into float32
            return total, gradients

        self._replicas.refresh()
        done = self._replicas.run(work, self._shares(queries, texts))
        self._replicas.add_gradients([gradients for _, gradients in done])
        if task == LABELLED:
            right = (logits > 0) == (target.cpu() > 0.5)
        else:
            right = logits.view(-1, 1 + self._negatives).argmax(1) == 0
        figures = {"task": task, "accuracy": round(right.float().mean().item(), 4)}
        return sum(total for total, _ in done), figures

    def logits(self, queries: Sequence[str], texts: Sequence[str]) -> Tensor:
        """Scores (n,) of pairs, without gradients."""
        scores = torch.zeros(len(texts))

        def work(model: nn.Module, shares: list[Share]) -> None:
            with torch.no_grad():
                for share in shares:
                    scores[share.rows.cpu()] = _score(model, share).cpu()

        self._replicas.refresh()
        self._replicas.run(work, self._shares(queries, texts))
        return scores

    def _shares(self, queries: Sequence[str], texts: Sequence[str]) -> list[list[Share]]:
        encoded = self.tokenizer(
            list(queries), list(texts), truncation="longest_first", max_length=self._max_tokens
        )
        return self._replicas.shares(self.tokenizer, encoded)

    def export(self, folder: Path) -> None:
        """Write the model as fp16 safetensors with its tokenizer."""
        export_cross_encoder(self.model, self._start, folder)

    def _ranked_rows(
        self, task: str, rng: random.Random
    ) -> tuple[list[str], list[str], list[float]]:
        examples = self._by_task[task]
        queries: list[str] = []
        texts: list[str] = []
        labels: list[float] = []
        for example in rng.sample(examples, min(self._batch, len(examples))):
            query = vary(example.query, self._chances, rng)
            for text in (example.positive, *self._draw(example, examples, rng)):
                queries.append(query)
                texts.append(vary(text, self._chances, rng))
            labels += [1.0, *[0.0] * self._negatives]
        return queries, texts, labels

    def _draw(
        self, example: RankedExample, examples: Sequence[RankedExample], rng: random.Random
    ) -> list[Text]:
        """Negatives: half from the first ranks, then deeper ones, and one at random."""
        wanted = self._negatives - 1
        first, rest = example.negatives[:_TOP], example.negatives[_TOP:]
        hard = rng.sample(first, min(len(first), (wanted + 1) // 2))
        hard += rng.sample(rest, min(len(rest), wanted - len(hard)))
        while len(hard) < self._negatives:
            other = rng.choice(examples)
            if other.positive.content != example.positive.content:
                hard.append(other.positive)
        return hard

    def _labelled_rows(self, rng: random.Random) -> tuple[list[str], list[str], list[float]]:
        size = min(len(self._labelled), self._batch * (1 + self._negatives))
        chosen = rng.sample(self._labelled, size)
        texts = [vary(Text(pair.code, "Python"), self._chances, rng) for pair in chosen]
        return [pair.query for pair in chosen], texts, [float(pair.label) for pair in chosen]


def _score(model: nn.Module, share: Share) -> Tensor:
    logits: Tensor = model(**share.inputs).logits
    return logits[:, 0].float()
