import torch
from torch import nn
import torch.nn.functional as F


class CEDice(nn.Module):
    """logits (B, C, H, W), target (B, H, W) with class ids."""

    def __init__(self, dice_weight=0.5, smooth=1.0):
        super().__init__()
        self.dice_weight = dice_weight
        self.smooth = smooth

    def forward(self, logits, target):
        ce = F.cross_entropy(logits, target)
        probs = logits.softmax(1)
        onehot = F.one_hot(target, logits.size(1)).permute(0, 3, 1, 2).to(probs.dtype)
        inter = (probs * onehot).sum((0, 2, 3))
        size = probs.sum((0, 2, 3)) + onehot.sum((0, 2, 3))
        dice = (2 * inter + self.smooth) / (size + self.smooth)
        return (1 - self.dice_weight) * ce + self.dice_weight * (1 - dice.mean())
