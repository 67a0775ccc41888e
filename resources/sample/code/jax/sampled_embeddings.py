import jax
import jax.numpy as jnp
from jax.nn import log_sigmoid


def init_tables(key, vocab, dim):
    return {
        "in": jax.random.uniform(key, (vocab, dim), minval=-0.5, maxval=0.5) / dim,
        "out": jnp.zeros((vocab, dim)),
    }


def pair_loss(tables, center, context, noise):
    v = tables["in"][center]
    good = log_sigmoid(v @ tables["out"][context])
    bad = log_sigmoid(-tables["out"][noise] @ v)
    return -(good + bad.sum())


@jax.jit
def sgd_step(tables, centers, contexts, key, unigram_logits, lr=0.05):
    noise = jax.random.categorical(key, unigram_logits, shape=(centers.shape[0], 8))

    def batch_loss(t):
        return jax.vmap(pair_loss, in_axes=(None, 0, 0, 0))(t, centers, contexts, noise).mean()

    loss, g = jax.value_and_grad(batch_loss)(tables)
    return jax.tree_util.tree_map(lambda p, d: p - lr * d, tables, g), loss
