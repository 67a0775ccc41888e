import torch
from torch import nn


class PCA(nn.Module):
    def __init__(self, n_components: int):
        super().__init__()
        self.n_components = n_components

    @torch.no_grad()
    def fit(self, x: torch.Tensor) -> "PCA":
        self.register_buffer("mean", x.mean(0, keepdim=True))
        _, s, vh = torch.linalg.svd(x - self.mean, full_matrices=False)
        var = s.square() / (len(x) - 1)
        self.register_buffer("components", vh[: self.n_components])
        self.register_buffer("explained", var[: self.n_components] / var.sum())
        return self

    def forward(self, x):
        return (x - self.mean) @ self.components.T

    def inverse(self, z):
        return z @ self.components + self.mean
