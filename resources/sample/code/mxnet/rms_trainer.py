import mxnet as mx
from mxnet import autograd, nd


def make_state(weights):
    return [nd.zeros(w.shape, ctx=w.context) for w in weights]


def rms_update(weights, sq_avgs, batch_size, eta, gamma=0.9, eps=1e-6):
    for w, sq in zip(weights, sq_avgs):
        grad = w.grad / batch_size
        sq[:] = gamma * sq + (1 - gamma) * grad ** 2
        w[:] -= eta * grad / nd.sqrt(sq + eps)


def fit(features, labels, epochs=5, eta=0.01, batch=10):
    w = nd.random.normal(scale=0.01, shape=(features.shape[1], 1))
    b = nd.zeros((1,))
    weights = [w, b]
    for p in weights:
        p.attach_grad()
    state = make_state(weights)
    it = mx.io.NDArrayIter(features, labels, batch_size=batch, shuffle=True, last_batch_handle='discard')
    for _ in range(epochs):
        it.reset()
        for data in it:
            with autograd.record():
                err = nd.dot(data.data[0], w) + b - data.label[0].reshape((-1, 1))
                loss = (err ** 2).sum()
            loss.backward()
            rms_update(weights, state, batch, eta)
    return w, b
