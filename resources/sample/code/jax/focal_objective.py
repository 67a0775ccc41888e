import jax
import jax.numpy as jnp


def binary_focal(logit, label, alpha, gamma):
    """For a single number; vmap does the rest."""
    sign = 2.0 * label - 1.0
    log_pt = jax.nn.log_sigmoid(sign * logit)
    log_miss = jax.nn.log_sigmoid(-sign * logit)
    a = label * alpha + (1.0 - label) * (1.0 - alpha)
    return -a * jnp.exp(gamma * log_miss) * log_pt


@jax.jit
def focal_objective(logits, labels, alpha=0.25, gamma=2.0):
    each = jax.vmap(binary_focal, in_axes=(0, 0, None, None))
    return each(logits.ravel(), labels.ravel(), alpha, gamma).mean()
