import torch


@torch.no_grad()
def rmsprop_step(params, cache, lr=1e-3, rho=0.99, eps=1e-8):
    """In-place update; `cache` holds one running mean of g^2 per parameter."""
    for p, s in zip(params, cache):
        if p.grad is None:
            continue
        s.mul_(rho).addcmul_(p.grad, p.grad, value=1 - rho)
        p.addcdiv_(p.grad, s.sqrt() + eps, value=-lr)
        p.grad.zero_()


# minimise an ill-conditioned quadratic
w = torch.tensor([4.0, -3.0], requires_grad=True)
cache = [torch.zeros_like(w)]
for step in range(400):
    loss = 0.5 * (w[0] ** 2 + 25 * w[1] ** 2)
    loss.backward()
    rmsprop_step([w], cache, lr=0.05)
print(loss.item(), w.tolist())
