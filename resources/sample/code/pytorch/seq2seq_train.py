import torch
from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self, n_src, n_tgt, dim=128):
        super().__init__()
        self.src_emb, self.tgt_emb = nn.Embedding(n_src, dim, 0), nn.Embedding(n_tgt, dim, 0)
        self.enc = nn.GRU(dim, dim, batch_first=True)
        self.dec = nn.GRU(dim, dim, batch_first=True)
        self.head = nn.Linear(dim, n_tgt)

    def forward(self, src, tgt_in):
        _, h = self.enc(self.src_emb(src))
        y, _ = self.dec(self.tgt_emb(tgt_in), h)
        return self.head(y)


def train(model, pairs, epochs, device, lr=1e-3, pad=0):
    model.to(device).train()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss(ignore_index=pad)
    for epoch in range(epochs):
        running = 0.0
        for src, tgt in pairs:  # tgt starts with <bos> and ends with <eos>
            src, tgt = src.to(device), tgt.to(device)
            logits = model(src, tgt[:, :-1])
            loss = criterion(logits.transpose(1, 2), tgt[:, 1:])
            opt.zero_grad()
            loss.backward()
            opt.step()
            running += loss.item()
        print(f"epoch {epoch}: {running / len(pairs):.4f}")
