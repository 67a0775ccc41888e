import jax
import jax.numpy as jnp
import optax


def infonce(queries, keys, negatives=None, tau=0.05):
    """queries[i] belongs to keys[i]; all other keys, and the extra negatives, are wrong."""
    q = queries / jnp.linalg.norm(queries, axis=1, keepdims=True)
    bank = keys if negatives is None else jnp.concatenate([keys, negatives])
    bank = bank / jnp.linalg.norm(bank, axis=1, keepdims=True)
    scores = jnp.einsum("id,jd->ij", q, bank) / tau
    labels = jnp.arange(q.shape[0])
    losses = optax.softmax_cross_entropy_with_integer_labels(scores, labels)
    hits = (scores.argmax(axis=1) == labels).mean()
    return losses.mean(), hits


step = jax.jit(jax.value_and_grad(infonce, has_aux=True))
