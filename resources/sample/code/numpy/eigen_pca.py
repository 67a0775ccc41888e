import numpy as np


def principal_axes(X, m):
    """Eigenvectors of the covariance matrix, strongest first."""
    mu = X.mean(axis=0)
    cov = np.cov(X - mu, rowvar=False)
    val, vec = np.linalg.eigh(cov)          # ascending
    top = np.argsort(val)[::-1][:m]
    return mu, vec[:, top], val[top] / val.sum()


def reduce_dims(X, m):
    mu, axes, ratio = principal_axes(X, m)
    return (X - mu).dot(axes), ratio


rng = np.random.RandomState(3)
X = rng.randn(200, 2).dot([[3., 1., 0.], [0., .2, .1]])
Y, ratio = reduce_dims(X, 2)
assert Y.shape == (200, 2) and ratio[0] > .9
