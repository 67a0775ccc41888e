import tensorflow as tf
from tensorflow.keras import layers


class TokensWithPositions(layers.Layer):
    def __init__(self, vocabulary, dim, max_len, drop=0.1):
        super().__init__()
        self.tokens = layers.Embedding(vocabulary, dim, mask_zero=True)
        self.places = layers.Embedding(max_len, dim)
        self.ln = layers.LayerNormalization(epsilon=1e-6)
        self.drop = layers.Dropout(drop)

    def compute_mask(self, inputs, mask=None):
        return self.tokens.compute_mask(inputs)

    def call(self, inputs, training=False):
        index = tf.range(tf.shape(inputs)[-1])
        summed = self.tokens(inputs) + self.places(index)
        return self.drop(self.ln(summed), training=training)


ids = tf.keras.Input((None,), dtype="int32")
pooled = layers.GlobalAveragePooling1D()(TokensWithPositions(5000, 64, 128)(ids))
classifier = tf.keras.Model(ids, layers.Dense(2)(pooled))
