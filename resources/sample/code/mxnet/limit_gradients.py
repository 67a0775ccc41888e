import math

from mxnet import nd


def limit_gradients(params, theta, ctx):
    """Rescale p.grad of every parameter so that their joint L2 norm is at most theta."""
    total = nd.zeros((1,), ctx=ctx)
    for p in params:
        total += (p.grad ** 2).sum()
    total = total.sqrt().asscalar()
    if math.isnan(total) or math.isinf(total):
        raise RuntimeError('gradient norm is %s' % total)
    if total > theta:
        for p in params:
            p.grad[:] *= theta / total
    return total
