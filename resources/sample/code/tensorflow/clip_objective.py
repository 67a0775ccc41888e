import tensorflow as tf


class PairContrast(tf.keras.layers.Layer):
    """Symmetric loss over matching rows of two modalities, with a learned temperature."""

    def __init__(self, start=0.07):
        super().__init__()
        self.log_scale = self.add_weight(
            name="log_scale", shape=(),
            initializer=tf.keras.initializers.Constant(tf.math.log(1.0 / start).numpy()))

    def call(self, image_emb, text_emb):
        image_emb = tf.math.l2_normalize(image_emb, axis=1)
        text_emb = tf.math.l2_normalize(text_emb, axis=1)
        logits = tf.exp(self.log_scale) * tf.matmul(image_emb, text_emb, transpose_b=True)
        match = tf.range(tf.shape(logits)[0])
        rows = tf.nn.sparse_softmax_cross_entropy_with_logits(match, logits)
        cols = tf.nn.sparse_softmax_cross_entropy_with_logits(match, tf.transpose(logits))
        return (tf.reduce_mean(rows) + tf.reduce_mean(cols)) / 2.0
