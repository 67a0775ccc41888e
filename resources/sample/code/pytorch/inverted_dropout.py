import torch
from torch import nn


class HandDropout(nn.Module):
    def __init__(self, p: float = 0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p must be a probability, not {p}")
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return torch.zeros_like(x)
        keep = torch.rand_like(x) > self.p
        return x * keep / (1 - self.p)

    def extra_repr(self):
        return f"p={self.p}"


mlp = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), HandDropout(0.3), nn.Linear(50, 2))
print(mlp.train()(torch.ones(1, 20)), mlp.eval()(torch.ones(1, 20)))
