import jax
import jax.numpy as jnp

NEG = -1.0e7


def grow_beams(state, logits, t, eos):
    """One expansion. state: (ids (k, T), scores (k,), ended (k,)); logits: (k, V)."""
    ids, scores, ended = state
    vocab = logits.shape[-1]
    logp = jax.nn.log_softmax(logits)
    # an ended beam may only repeat eos, at no cost
    only_eos = jnp.full((vocab,), NEG).at[eos].set(0.0)
    logp = jnp.where(ended[:, None], only_eos, logp)
    scores, flat = jax.lax.top_k((scores[:, None] + logp).ravel(), ids.shape[0])
    src, tok = jnp.divmod(flat, vocab)
    ids = ids[src].at[:, t].set(tok)
    return ids, scores, ended[src] | (tok == eos)


def decode(logits_fn, bos, eos, k, max_len):
    ids = jnp.full((k, max_len), eos, jnp.int32).at[:, 0].set(bos)
    scores = jnp.full((k,), NEG).at[0].set(0.0)
    state = (ids, scores, jnp.zeros((k,), bool))

    def body(t, st):
        return grow_beams(st, logits_fn(st[0], t - 1), t, eos)

    return jax.lax.fori_loop(1, max_len, body, state)[:2]
