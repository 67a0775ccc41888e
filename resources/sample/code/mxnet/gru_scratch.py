from mxnet import nd


def gru_parameters(n_in, n_hid, ctx, std=.01):
    def gate():
        return (nd.random.normal(scale=std, shape=(n_in, n_hid), ctx=ctx),
                nd.random.normal(scale=std, shape=(n_hid, n_hid), ctx=ctx),
                nd.zeros(n_hid, ctx=ctx))
    weights = [*gate(), *gate(), *gate()]
    for w in weights:
        w.attach_grad()
    return weights


def gru_forward(inputs, H, weights):
    """inputs: a list of (batch, n_in), one per time step"""
    Wz, Uz, bz, Wr, Ur, br, Wc, Uc, bc = weights
    hidden = []
    for X in inputs:
        Z = nd.sigmoid(nd.dot(X, Wz) + nd.dot(H, Uz) + bz)
        R = nd.sigmoid(nd.dot(X, Wr) + nd.dot(H, Ur) + br)
        candidate = nd.tanh(nd.dot(X, Wc) + nd.dot(R * H, Uc) + bc)
        H = Z * H + (1 - Z) * candidate
        hidden.append(H)
    return hidden, H
