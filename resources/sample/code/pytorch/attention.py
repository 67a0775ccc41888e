"""Single-head attention, no projections."""
import math

import torch
from torch import nn


class Attend(nn.Module):
    def __init__(self, p_drop=0.1):
        super().__init__()
        self.drop = nn.Dropout(p_drop)

    def forward(self, q, k, v, keep=None):
        # q: (B, Lq, D)   k, v: (B, Lk, D)   keep: bool, broadcastable to (B, Lq, Lk)
        logits = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(q.size(-1))
        if keep is not None:
            logits = logits.masked_fill(~keep, float("-inf"))
        weights = logits.softmax(dim=-1)
        return torch.bmm(self.drop(weights), v), weights


if __name__ == "__main__":
    attend = Attend(0.0).eval()
    x = torch.randn(2, 5, 16)
    context, w = attend(x, x, x)
    assert context.shape == x.shape
    print(w.sum(-1))
