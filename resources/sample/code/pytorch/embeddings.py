import torch
from torch import nn


class InputEmbedding(nn.Module):
    def __init__(self, vocab_size, hidden, max_positions=512, n_segments=2, dropout=0.1):
        super().__init__()
        self.word = nn.Embedding(vocab_size, hidden, padding_idx=0)
        self.position = nn.Embedding(max_positions, hidden)
        self.segment = nn.Embedding(n_segments, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("positions", torch.arange(max_positions)[None], persistent=False)

    def forward(self, ids, segments=None):
        if segments is None:
            segments = torch.zeros_like(ids)
        e = self.word(ids) + self.position(self.positions[:, : ids.size(1)]) + self.segment(segments)
        return self.dropout(self.norm(e))
