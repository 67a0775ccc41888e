from mxnet import nd, autograd


def momentum_step(params, velocities, lr, mom, batch_size):
    """classical momentum; the gradients were summed over the batch"""
    for p, vel in zip(params, velocities):
        vel[:] = mom * vel + lr * p.grad / batch_size
        p[:] = p - vel


# toy problem: recover a plane
X = nd.random.uniform(-1, 1, shape=(256, 3))
target = nd.dot(X, nd.array([[2.], [-1.], [.5]]))
W = nd.zeros((3, 1))
W.attach_grad()
velocities = [nd.zeros_like(W)]
for epoch in range(20):
    for start in range(0, 256, 32):
        xb, yb = X[start:start + 32], target[start:start + 32]
        with autograd.record():
            loss = nd.sum((nd.dot(xb, W) - yb) ** 2)
        loss.backward()
        momentum_step([W], velocities, lr=.1, mom=.9, batch_size=32)
print(W.asnumpy().ravel())
