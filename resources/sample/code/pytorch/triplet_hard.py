import torch
from torch import nn


class BatchHardTriplet(nn.Module):
    """For each anchor the farthest positive and the nearest negative of the batch."""

    def __init__(self, margin=0.3):
        super().__init__()
        self.margin = margin

    def forward(self, emb, ids):
        dist = torch.cdist(emb, emb)
        same = ids[:, None] == ids[None, :]
        eye = torch.eye(len(ids), dtype=torch.bool, device=ids.device)
        hardest_pos = dist.masked_fill(~same | eye, 0.0).amax(1)
        hardest_neg = dist.masked_fill(same, float("inf")).amin(1)
        return torch.relu(hardest_pos - hardest_neg + self.margin).mean()
