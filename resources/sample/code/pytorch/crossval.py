from statistics import mean, stdev

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset


def folds(n, k, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split(k)
    for i, held_out in enumerate(parts):
        yield torch.cat([p for j, p in enumerate(parts) if j != i]).tolist(), held_out.tolist()


def cross_validate(make_model, dataset, k=5, epochs=10, lr=1e-2):
    scores = []
    for train_ids, test_ids in folds(len(dataset), k):
        model = make_model()  # fresh weights for every fold
        opt = torch.optim.Adam(model.parameters(), lr=lr)
        for _ in range(epochs):
            for x, y in DataLoader(Subset(dataset, train_ids), batch_size=32, shuffle=True):
                opt.zero_grad()
                nn.functional.mse_loss(model(x), y).backward()
                opt.step()
        x, y = dataset[test_ids]
        with torch.no_grad():
            scores.append(nn.functional.mse_loss(model(x), y).item())
    return mean(scores), stdev(scores)


x = torch.randn(60, 3)
data = TensorDataset(x, x.sum(1, keepdim=True))
print(cross_validate(lambda: nn.Linear(3, 1), data, k=3, epochs=2))
