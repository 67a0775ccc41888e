"""Three questions to begin with, each of which the sample corpus can answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A query and what it shows."""

    title: str
    text: str


EXAMPLES = (
    Example(
        "An MXNet cell, to find its twin in another framework",
        """\
for images, labels in loader:
    with autograd.record():
        scores = model(images)
        cost = criterion(scores, labels)
    cost.backward()
    trainer.step(images.shape[0])
""",
    ),
    Example(
        "A NumPy function, to find what a framework has for it",
        """\
def attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v
""",
    ),
    Example(
        "A question in words",
        "clip the norm of the gradients before the optimizer step",
    ),
)
