import flax.linen as nn
import jax
import jax.numpy as jnp


class Embedder(nn.Module):
    vocab: int
    dim: int
    max_len: int = 256
    dropout: float = 0.1

    def setup(self):
        self.table = nn.Embed(self.vocab, self.dim, embedding_init=nn.initializers.normal(0.02))
        self.pos = self.param("pos", nn.initializers.normal(0.02), (self.max_len, self.dim))
        self.norm = nn.LayerNorm()
        self.drop = nn.Dropout(self.dropout)

    def __call__(self, ids, train=False):
        x = self.table(ids) * jnp.sqrt(self.dim)
        x = x + self.pos[None, : ids.shape[1]]
        return self.drop(self.norm(x), deterministic=not train)

    def logits(self, hidden):
        return self.table.attend(hidden)  # tied output projection


emb = Embedder(vocab=100, dim=16)
variables = emb.init(jax.random.PRNGKey(0), jnp.zeros((1, 4), jnp.int32))
print(emb.apply(variables, jnp.ones((2, 9), jnp.int32)).shape)
