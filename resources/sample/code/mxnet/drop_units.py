from mxnet import autograd, gluon, nd


def drop_units(X, prob):
    if prob == 0 or not autograd.is_training():
        return X
    if prob == 1:
        return nd.zeros_like(X)
    alive = nd.random.uniform(0, 1, shape=X.shape, ctx=X.context) >= prob
    return alive * X / (1.0 - prob)


class TwoLayer(gluon.Block):
    def __init__(self, hidden, classes, prob=.5):
        super().__init__()
        self.fc1 = gluon.nn.Dense(hidden, activation='relu')
        self.fc2 = gluon.nn.Dense(classes)
        self.prob = prob

    def forward(self, x):
        return self.fc2(drop_units(self.fc1(x), self.prob))


net = TwoLayer(64, 10)
net.initialize()
with autograd.record():      # train mode: units are dropped
    y = net(nd.ones((2, 8)))
