from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn


def fold_data(k, i, X, y):
    """Fold i for validation, the others joined for training."""
    size = X.shape[0] // k
    val = slice(i * size, (i + 1) * size)
    rest = [slice(j * size, (j + 1) * size) for j in range(k) if j != i]
    X_train = nd.concat(*[X[s] for s in rest], dim=0)
    y_train = nd.concat(*[y[s] for s in rest], dim=0)
    return (X_train, y_train), (X[val], y[val])


def train_once(train, val, epochs, lr, wd, batch_size=32):
    net = nn.Dense(1)
    net.initialize(init.Normal(.1))
    l2 = gluon.loss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': lr, 'wd': wd})
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(*train), batch_size, shuffle=True)
    for _ in range(epochs):
        for xb, yb in loader:
            with autograd.record():
                loss = l2(net(xb), yb)
            loss.backward()
            trainer.step(xb.shape[0])
    return l2(net(val[0]), val[1]).mean().asscalar()


def average_error(X, y, k=5, **options):
    errors = [train_once(*fold_data(k, i, X, y), **options) for i in range(k)]
    return sum(errors) / k
