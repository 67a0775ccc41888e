import paddle
import paddle.nn.functional as F


def sdp_attention(query, key, value, attn_bias=None, dropout_p=0.0, training=True):
    """query, key, value: [batch, heads, length, head_dim].

    attn_bias is added to the logits: use a large negative number to hide a position.
    """
    head_dim = query.shape[-1]
    product = paddle.matmul(query * head_dim ** -0.5, key, transpose_y=True)
    if attn_bias is not None:
        product = product + attn_bias
    probs = F.softmax(product, axis=-1)
    if dropout_p > 0:
        probs = F.dropout(probs, p=dropout_p, training=training, mode="upscale_in_train")
    return paddle.matmul(probs, value)


def bias_from_lengths(lengths, max_len):
    positions = paddle.arange(max_len).unsqueeze(0)
    hidden = positions >= lengths.unsqueeze(1)
    return (hidden.astype("float32") * -1e9).unsqueeze([1, 2])
