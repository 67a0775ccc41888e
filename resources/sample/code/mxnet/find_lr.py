import math

from mxnet import autograd


class LRFinder:
    """Feed batches with different step sizes, remember the loss, put everything back."""

    def __init__(self, net, trainer, loss_fn):
        self.net, self.trainer, self.loss_fn = net, trainer, loss_fn

    def run(self, loader, lr_from=1e-6, lr_to=10, rounds=100, tmp='lr_finder.params'):
        self.net.save_parameters(tmp)
        old = self.trainer.learning_rate
        curve = []
        batches = iter(loader)
        for i in range(rounds):
            lr = lr_from * (lr_to / lr_from) ** (i / (rounds - 1))
            try:
                x, y = next(batches)
            except StopIteration:
                batches = iter(loader)
                x, y = next(batches)
            self.trainer.set_learning_rate(lr)
            with autograd.record():
                loss = self.loss_fn(self.net(x), y)
            loss.backward()
            self.trainer.step(x.shape[0])
            value = loss.mean().asscalar()
            if math.isnan(value) or curve and value > 4 * min(v for _, v in curve):
                break
            curve.append((lr, value))
        self.net.load_parameters(tmp)
        self.trainer.set_learning_rate(old)
        return curve
