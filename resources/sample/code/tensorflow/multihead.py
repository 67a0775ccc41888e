import tensorflow as tf
from tensorflow.keras import layers


class MultiHead(layers.Layer):
    def __init__(self, num_heads, model_dim):
        super().__init__()
        self.h = num_heads
        self.depth = model_dim // num_heads
        self.wq = layers.Dense(model_dim)
        self.wk = layers.Dense(model_dim)
        self.wv = layers.Dense(model_dim)
        self.wo = layers.Dense(model_dim)

    def split(self, x):
        # (batch, seq, model_dim) -> (batch, heads, seq, depth)
        shape = tf.shape(x)
        x = tf.reshape(x, (shape[0], shape[1], self.h, self.depth))
        return tf.transpose(x, perm=[0, 2, 1, 3])

    def call(self, query, memory, mask=None):
        q = self.split(self.wq(query))
        k = self.split(self.wk(memory))
        v = self.split(self.wv(memory))
        logits = tf.matmul(q, k, transpose_b=True) / tf.sqrt(float(self.depth))
        if mask is not None:
            logits = tf.where(mask, logits, -1e9)
        heads = tf.matmul(tf.nn.softmax(logits), v)
        heads = tf.transpose(heads, [0, 2, 1, 3])
        merged = tf.reshape(heads, (tf.shape(query)[0], -1, self.h * self.depth))
        return self.wo(merged)
