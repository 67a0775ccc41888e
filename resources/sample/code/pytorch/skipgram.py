import torch
from torch import nn
import torch.nn.functional as F


class SkipGram(nn.Module):
    def __init__(self, n_words, dim, counts, k=5):
        super().__init__()
        self.center = nn.Embedding(n_words, dim, sparse=True)
        self.outside = nn.Embedding(n_words, dim, sparse=True)
        nn.init.uniform_(self.center.weight, -0.5 / dim, 0.5 / dim)
        nn.init.zeros_(self.outside.weight)
        self.register_buffer("noise", torch.as_tensor(counts, dtype=torch.float) ** 0.75)
        self.k = k

    def forward(self, center, outside):
        """center, outside: (batch,) ids of words that occur near each other."""
        v = self.center(center)
        pos = (v * self.outside(outside)).sum(1)
        drawn = torch.multinomial(self.noise, len(center) * self.k, replacement=True)
        neg = torch.einsum("bd,bkd->bk", v, self.outside(drawn.view(-1, self.k)))
        return -(F.logsigmoid(pos) + F.logsigmoid(-neg).sum(1)).mean()


def windows(ids, radius):
    for i, c in enumerate(ids):
        for o in ids[max(0, i - radius):i] + ids[i + 1:i + 1 + radius]:
            yield c, o
