import torch


def clip_by_global_norm_(params, max_norm: float) -> torch.Tensor:
    """Scale all gradients in place; returns the norm before clipping."""
    grads = [p.grad for p in params if p.grad is not None]
    if not grads:
        return torch.tensor(0.0)
    total = torch.linalg.vector_norm(torch.stack([g.norm(2) for g in grads]))
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for g in grads:
        g.mul_(factor)
    return total


def update(model, loss, optimizer, max_norm=1.0):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = clip_by_global_norm_(list(model.parameters()), max_norm)
    if torch.isfinite(norm):  # skip the step when something blew up
        optimizer.step()
    return norm
