import torch
from torch import nn


def normalised_adjacency(edges: torch.Tensor, n: int) -> torch.Tensor:
    """edges: (2, m), undirected, each edge once. Sparse D^-1/2 (A + I) D^-1/2."""
    loops = torch.arange(n).repeat(2, 1)
    idx = torch.cat([edges, edges.flip(0), loops], dim=1)
    deg = torch.bincount(idx[0], minlength=n).float()
    w = (deg[idx[0]] * deg[idx[1]]).rsqrt()
    return torch.sparse_coo_tensor(idx, w, (n, n)).coalesce()


class GCN(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes, p=0.5):
        super().__init__()
        self.first = nn.Linear(d_in, d_hidden, bias=False)
        self.second = nn.Linear(d_hidden, n_classes, bias=False)
        self.drop = nn.Dropout(p)

    def forward(self, x, adj):
        h = torch.sparse.mm(adj, self.first(self.drop(x))).relu()
        return torch.sparse.mm(adj, self.second(self.drop(h)))
