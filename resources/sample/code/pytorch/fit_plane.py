import torch

torch.manual_seed(0)
slope, intercept = torch.tensor([1.5, -2.7]), 0.8
inputs = torch.randn(500, 2)
targets = inputs @ slope + intercept + 0.05 * torch.randn(500)

weight = torch.zeros(2, requires_grad=True)
bias = torch.zeros((), requires_grad=True)
lr, batch = 0.03, 25

for epoch in range(5):
    for idx in torch.randperm(500).split(batch):
        prediction = inputs[idx] @ weight + bias
        loss = (prediction - targets[idx]).pow(2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (weight, bias):
                p -= lr * p.grad
                p.grad = None
    print(epoch, loss.item())
print("error:", (weight - slope).abs().max().item(), abs(bias.item() - intercept))
