import torch
import torch.nn.functional as F


def nt_xent(z1: torch.Tensor, z2: torch.Tensor, temperature: float = 0.5) -> torch.Tensor:
    """SimCLR loss. Row i of z1 and row i of z2 are two augmentations of one picture."""
    n = z1.size(0)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = z @ z.t() / temperature
    sim.fill_diagonal_(-torch.inf)
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(sim, partner)


if __name__ == "__main__":
    a = torch.randn(16, 32)
    print(nt_xent(a, a + 0.01 * torch.randn_like(a)), nt_xent(a, torch.randn(16, 32)))
