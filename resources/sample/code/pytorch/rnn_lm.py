import torch
from torch import nn


class RNNLM(nn.Module):
    def __init__(self, n_tokens, emb=200, hidden=200, layers=2, dropout=0.5, tie=True):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(n_tokens, emb)
        self.rnn = nn.LSTM(emb, hidden, layers, dropout=dropout, batch_first=True)
        self.decoder = nn.Linear(hidden, n_tokens)
        if tie:
            assert emb == hidden
            self.decoder.weight = self.encoder.weight

    def forward(self, ids, state=None):
        out, state = self.rnn(self.drop(self.encoder(ids)), state)
        return self.decoder(self.drop(out)), state


def fit_epoch(lm, stream, optimizer, bptt=35):
    """stream: (batch, very long)"""
    lm.train()
    state, total = None, 0.0
    for i in range(0, stream.size(1) - 1, bptt):
        n = min(bptt, stream.size(1) - 1 - i)
        x, y = stream[:, i:i + n], stream[:, i + 1:i + 1 + n]
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = lm(x, state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(lm.parameters(), 0.25)
        optimizer.step()
        total += loss.item() * n
    return total / (stream.size(1) - 1)
