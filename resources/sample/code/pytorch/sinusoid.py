import math

import torch
from torch import nn


def sinusoid_table(n: int, d: int, base: float = 10_000.0) -> torch.Tensor:
    pos = torch.arange(n, dtype=torch.float32).unsqueeze(1)
    freq = torch.exp(torch.arange(0, d, 2) * (-math.log(base) / d))
    table = torch.empty(n, d)
    table[:, 0::2] = torch.sin(pos * freq)
    table[:, 1::2] = torch.cos(pos * freq[: d // 2])
    return table


class AddSinusoid(nn.Module):
    def __init__(self, d_model, max_len=2000, dropout=0.1):
        super().__init__()
        self.register_buffer("table", sinusoid_table(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x * math.sqrt(x.size(-1)) + self.table[: x.size(1)])
