import math

from torch import nn, optim
from torch.optim.lr_scheduler import LambdaLR


def warmup_cosine(optimizer, warmup, total, floor=0.0):
    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        done = (step - warmup) / max(1, total - warmup)
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

    return LambdaLR(optimizer, factor)


model = nn.Linear(4, 2)
opt = optim.AdamW(model.parameters(), lr=3e-4)
sched = warmup_cosine(opt, warmup=10, total=100)
history = []
for _ in range(100):
    opt.step()
    history.append(sched.get_last_lr()[0])
    sched.step()
print(max(history), history[-1])
