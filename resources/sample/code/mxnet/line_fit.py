import random

from mxnet import autograd, nd


def make_points(n, w, b, noise=.01):
    X = nd.random.normal(shape=(n, len(w)))
    y = nd.dot(X, nd.array(w)) + b
    return X, y + nd.random.normal(scale=noise, shape=y.shape)


def minibatches(X, y, size):
    order = list(range(len(X)))
    random.shuffle(order)
    for k in range(0, len(order), size):
        pick = nd.array(order[k:k + size])
        yield X.take(pick), y.take(pick)


X, y = make_points(1000, [2, -3.4], 4.2)
w, b = nd.random.normal(scale=.01, shape=(2,)), nd.zeros(1)
w.attach_grad(), b.attach_grad()
for epoch in range(3):
    for xb, yb in minibatches(X, y, 10):
        with autograd.record():
            loss = ((nd.dot(xb, w) + b - yb) ** 2 / 2).sum()
        loss.backward()
        w[:] -= .03 * w.grad / 10
        b[:] -= .03 * b.grad / 10
print(w.asnumpy(), b.asscalar())
