import torch


class HeavyBall:
    def __init__(self, params, lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=False):
        self.params = list(params)
        self.lr, self.mu = lr, momentum
        self.wd, self.nesterov = weight_decay, nesterov
        self.velocity = [torch.zeros_like(p) for p in self.params]

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        with torch.no_grad():
            for p, v in zip(self.params, self.velocity):
                if p.grad is None:
                    continue
                g = p.grad.add(p, alpha=self.wd) if self.wd else p.grad
                v.mul_(self.mu).add_(g)
                p -= self.lr * (g + self.mu * v if self.nesterov else v)
