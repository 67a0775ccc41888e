import torch
import torch.nn.functional as F


def focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean"):
    """Sigmoid focal loss (Lin et al., 2017) for detectors: logits and 0/1 targets, same shape."""
    bce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    p_t = torch.exp(-bce)  # probability given to the truth
    loss = (1 - p_t) ** gamma * bce
    if alpha is not None:
        loss = loss * torch.where(targets > 0.5, alpha, 1 - alpha)
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" else loss.sum()
