import mxnet as mx
from mxnet import autograd, gluon


class Stopper:
    def __init__(self, patience, path):
        self.patience, self.path = patience, path
        self.best, self.bad = float('inf'), 0

    def update(self, value, net):
        """True when it is time to stop. Keeps the best parameters on disk."""
        if value < self.best:
            self.best, self.bad = value, 0
            net.save_parameters(self.path)
        else:
            self.bad += 1
        return self.bad > self.patience


def validate(net, loader, loss, ctx):
    metric = mx.metric.Loss()
    for X, y in loader:
        metric.update(0, loss(net(X.as_in_context(ctx)), y.as_in_context(ctx)))
    return metric.get()[1]


def gluon_fit(net, train_loader, valid_loader, trainer, ctx, stopper, epochs=50):
    loss = gluon.loss.L2Loss()
    for epoch in range(epochs):
        for X, y in train_loader:
            with autograd.record():
                L = loss(net(X.as_in_context(ctx)), y.as_in_context(ctx))
            L.backward()
            trainer.step(len(X))
        if stopper.update(validate(net, valid_loader, loss, ctx), net):
            print('no progress, stopped at epoch', epoch)
            break
    net.load_parameters(stopper.path, ctx=ctx)
