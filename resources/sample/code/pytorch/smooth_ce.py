import torch
from torch import nn
import torch.nn.functional as F


class SmoothedCE(nn.Module):
    def __init__(self, smoothing=0.1, ignore_index=-100):
        super().__init__()
        self.smoothing = smoothing
        self.ignore_index = ignore_index

    def forward(self, logits, target):
        logp = F.log_softmax(logits, dim=-1)
        keep = target != self.ignore_index
        nll = -logp.gather(-1, target.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        uniform = -logp.mean(dim=-1)
        loss = (1 - self.smoothing) * nll + self.smoothing * uniform
        return loss[keep].mean()


z, t = torch.randn(8, 5), torch.randint(5, (8,))
assert torch.allclose(SmoothedCE(0.1)(z, t), F.cross_entropy(z, t, label_smoothing=0.1), atol=1e-6)
