import paddle
from paddle.optimizer.lr import LRScheduler


class HalveEvery(LRScheduler):
    """Multiply by `gamma` once every `period` epochs."""

    def __init__(self, learning_rate, period, gamma=0.5, last_epoch=-1, verbose=False):
        self.period = period
        self.gamma = gamma
        super().__init__(learning_rate, last_epoch, verbose)

    def get_lr(self):
        return self.base_lr * self.gamma ** (self.last_epoch // self.period)


scheduler = HalveEvery(0.01, period=10)
layer = paddle.nn.Linear(8, 1)
optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=layer.parameters())
for epoch in range(30):
    # ... iterate over the batches, optimizer.step() ...
    scheduler.step()
print(optimizer.get_lr())
