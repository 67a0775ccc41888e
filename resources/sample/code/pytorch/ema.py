import copy
from contextlib import contextmanager

import torch


class ModelEMA:
    def __init__(self, model, decay=0.999, warmup=100):
        self.shadow = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay, self.warmup, self.n = decay, warmup, 0

    @torch.no_grad()
    def update(self, model):
        self.n += 1
        d = min(self.decay, self.n / (self.n + self.warmup))
        live = model.state_dict()
        for name, avg in self.shadow.state_dict().items():
            if avg.dtype.is_floating_point:
                avg.lerp_(live[name].detach(), 1 - d)
            else:
                avg.copy_(live[name])

    @contextmanager
    def swapped_in(self, model):
        backup = copy.deepcopy(model.state_dict())
        model.load_state_dict(self.shadow.state_dict())
        try:
            yield model
        finally:
            model.load_state_dict(backup)
