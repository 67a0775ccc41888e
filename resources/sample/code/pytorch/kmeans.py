import torch


def kmeans(x: torch.Tensor, k: int, iters: int = 50, seed: int = 0):
    """Lloyd's algorithm on whatever device x lives on."""
    g = torch.Generator(device=x.device).manual_seed(seed)
    centers = x[torch.randperm(len(x), generator=g, device=x.device)[:k]].clone()
    for _ in range(iters):
        assign = torch.cdist(x, centers).argmin(dim=1)
        sums = torch.zeros_like(centers).index_add_(0, assign, x)
        counts = torch.bincount(assign, minlength=k).unsqueeze(1)
        updated = torch.where(counts > 0, sums / counts.clamp(min=1), centers)
        if torch.allclose(updated, centers):
            break
        centers = updated
    return centers, assign
