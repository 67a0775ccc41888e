import jax
import jax.numpy as jnp


def nll(beta, X, y):
    logits = X @ beta
    return jnp.mean(jnp.logaddexp(0.0, logits) - y * logits)


@jax.jit
def newton_step(beta, X, y, ridge=1e-4):
    g = jax.grad(nll)(beta, X, y) + ridge * beta
    H = jax.hessian(nll)(beta, X, y) + ridge * jnp.eye(len(beta))
    return beta - jnp.linalg.solve(H, g)


def fit(X, y, iterations=10):
    X = jnp.column_stack([jnp.ones(len(X)), X])  # intercept first
    beta = jnp.zeros(X.shape[1])
    for _ in range(iterations):
        beta = newton_step(beta, X, y)
    return beta
