import torch


class Confusion:
    """Accumulates over batches; rows are true classes, columns predictions."""

    def __init__(self, n_classes, device="cpu"):
        self.n = n_classes
        self.table = torch.zeros(n_classes, n_classes, dtype=torch.long, device=device)

    @torch.no_grad()
    def update(self, logits, target):
        pred = logits.argmax(1)
        cell = target * self.n + pred
        self.table += torch.bincount(cell, minlength=self.n ** 2).view(self.n, self.n)

    def compute(self):
        tp = self.table.diag().float()
        precision = tp / self.table.sum(0).clamp(min=1)
        recall = tp / self.table.sum(1).clamp(min=1)
        f1 = 2 * precision * recall / (precision + recall).clamp(min=1e-12)
        return {
            "accuracy": (tp.sum() / self.table.sum()).item(),
            "precision": precision.tolist(),
            "recall": recall.tolist(),
            "macro_f1": f1.mean().item(),
        }
