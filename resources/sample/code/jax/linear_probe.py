from functools import partial

import jax
import jax.numpy as jnp
import optax


def objective(params, features, labels, l2):
    logits = features @ params["kernel"] + params["bias"]
    ce = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
    return ce + l2 * jnp.sum(params["kernel"] ** 2)


@partial(jax.jit, static_argnames=("num_classes", "steps"))
def linear_probe(features, labels, num_classes, steps=200, l2=1e-4):
    """How well do frozen features separate the classes?"""
    params = {"kernel": jnp.zeros((features.shape[1], num_classes)), "bias": jnp.zeros(num_classes)}
    tx = optax.adam(1e-2)

    def step(carry, _):
        params, opt = carry
        loss, grads = jax.value_and_grad(objective)(params, features, labels, l2)
        updates, opt = tx.update(grads, opt)
        return (optax.apply_updates(params, updates), opt), loss

    (params, _), losses = jax.lax.scan(step, (params, tx.init(params)), length=steps)
    return params, losses
