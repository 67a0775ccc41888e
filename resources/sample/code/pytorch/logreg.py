import torch
import torch.nn.functional as F
from torch import nn


def fit_logreg(x, y, l2=1e-3, epochs=20):
    """Full-batch L-BFGS, which needs a closure. y holds 0/1 floats."""
    model = nn.Linear(x.shape[1], 1)
    nn.init.zeros_(model.weight)
    opt = torch.optim.LBFGS(model.parameters(), lr=1, max_iter=epochs, line_search_fn="strong_wolfe")

    def closure():
        opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
        loss = loss + l2 * model.weight.square().sum()
        loss.backward()
        return loss

    opt.step(closure)
    return model


x = torch.randn(400, 2)
y = (x @ torch.tensor([2.0, -1.0]) > 0.3).float()
clf = fit_logreg(x, y)
print("accuracy", ((clf(x).squeeze(1) > 0) == y.bool()).float().mean().item())
