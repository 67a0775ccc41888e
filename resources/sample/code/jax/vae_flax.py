import flax.linen as nn
import jax
import jax.numpy as jnp
import optax


class Autoencoder(nn.Module):
    latents: int = 16
    hidden: int = 200

    @nn.compact
    def __call__(self, x, key):
        h = nn.gelu(nn.Dense(self.hidden)(x))
        mean, logvar = nn.Dense(self.latents)(h), nn.Dense(self.latents)(h)
        std = jnp.exp(0.5 * logvar)
        z = mean + std * jax.random.normal(key, mean.shape)
        h = nn.gelu(nn.Dense(self.hidden)(z))
        return nn.Dense(x.shape[-1])(h), mean, logvar


@jax.jit
def kl_divergence(mean, logvar):
    return -0.5 * jnp.sum(1 + logvar - jnp.square(mean) - jnp.exp(logvar), axis=-1)


@jax.jit
def train_step(state, batch, key):
    def negative_elbo(params):
        recon, mean, logvar = state.apply_fn({"params": params}, batch, key)
        nll = optax.sigmoid_binary_cross_entropy(recon, batch).sum(-1)
        return (nll + kl_divergence(mean, logvar)).mean()

    loss, grads = jax.value_and_grad(negative_elbo)(state.params)
    return state.apply_gradients(grads=grads), loss
