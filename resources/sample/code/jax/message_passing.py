import flax.linen as nn
import jax
import jax.numpy as jnp


class GraphConv(nn.Module):
    features: int

    @nn.compact
    def __call__(self, nodes, senders, receivers):
        """Edge lists instead of a matrix: gather along the edges, then sum per receiver."""
        n = nodes.shape[0]
        own = jnp.arange(n)
        senders = jnp.concatenate([senders, own])
        receivers = jnp.concatenate([receivers, own])

        h = nn.Dense(self.features)(nodes)
        count = lambda ix: jax.ops.segment_sum(jnp.ones_like(ix, jnp.float32), ix, n)
        out_deg, in_deg = count(senders), count(receivers)
        messages = h[senders] * jax.lax.rsqrt(out_deg)[senders][:, None]
        summed = jax.ops.segment_sum(messages, receivers, n)
        return summed * jax.lax.rsqrt(in_deg)[:, None]


s, r = jnp.array([0, 1, 1, 2]), jnp.array([1, 0, 2, 1])
out, _ = GraphConv(8).init_with_output(jax.random.PRNGKey(0), jnp.ones((3, 4)), s, r)
print(out.shape)
