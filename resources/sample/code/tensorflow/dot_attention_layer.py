import tensorflow as tf


class DotAttention(tf.keras.layers.Layer):
    """softmax(Q K^T / sqrt(d)) V, with an optional 0/1 mask over the keys."""

    def __init__(self, rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.dropout = tf.keras.layers.Dropout(rate)

    def call(self, query, key, value, key_mask=None, training=False):
        depth = tf.cast(tf.shape(key)[-1], query.dtype)
        scores = tf.einsum("bqd,bkd->bqk", query, key) * tf.math.rsqrt(depth)
        if key_mask is not None:
            penalty = (1.0 - tf.cast(key_mask, scores.dtype)) * -1e9
            scores += penalty[:, tf.newaxis, :]
        attention = tf.nn.softmax(scores, axis=-1)
        attention = self.dropout(attention, training=training)
        return tf.matmul(attention, value)
