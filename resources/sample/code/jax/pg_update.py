import jax
import jax.numpy as jnp
import optax


def discount(rewards, gamma):
    def back(carry, r):
        carry = r + gamma * carry
        return carry, carry

    _, out = jax.lax.scan(back, 0.0, rewards, reverse=True)
    return out


def surrogate(params, apply_fn, obs, actions, advantages, entropy_bonus=0.01):
    logp_all = jax.nn.log_softmax(apply_fn(params, obs))
    logp = jnp.take_along_axis(logp_all, actions[:, None], axis=1).squeeze(1)
    entropy = -jnp.sum(jnp.exp(logp_all) * logp_all, axis=1).mean()
    return -jnp.mean(logp * advantages) - entropy_bonus * entropy


def make_update(apply_fn, tx, gamma=0.98):
    @jax.jit
    def update(params, opt_state, obs, actions, rewards):
        ret = discount(rewards, gamma)
        adv = (ret - ret.mean()) / (ret.std() + 1e-6)
        grads = jax.grad(surrogate)(params, apply_fn, obs, actions, adv)
        updates, opt_state = tx.update(grads, opt_state)
        return optax.apply_updates(params, updates), opt_state

    return update
