import jax
import jax.numpy as jnp


def unit(v, eps=1e-8):
    return v / (jnp.linalg.norm(v, axis=-1, keepdims=True) + eps)


@jax.jit
def all_triplets(embeddings, labels, margin=0.2):
    """Mean over every valid (i, j, k) of the batch that still violates the margin."""
    e = unit(embeddings)
    d = 1.0 - e @ e.T
    same = labels[:, None] == labels[None, :]
    positive = same & ~jnp.eye(len(labels), dtype=bool)
    valid = positive[:, :, None] & ~same[:, None, :]
    cost = jax.nn.relu(d[:, :, None] - d[:, None, :] + margin) * valid
    active = jnp.sum(cost > 0)
    return cost.sum() / jnp.maximum(active, 1)


grad_triplets = jax.grad(all_triplets)
