import tensorflow as tf


class ClippedModel(tf.keras.Model):
    """Keras model whose train_step clips the gradients and reports their norm."""

    def __init__(self, inner, clip=1.0):
        super().__init__()
        self.inner, self.clip = inner, clip

    def call(self, x, training=None):
        return self.inner(x, training=training)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        weights = self.trainable_variables
        grads, norm = tf.clip_by_global_norm(tape.gradient(loss, weights), self.clip)
        self.optimizer.apply_gradients(zip(grads, weights))
        return {"loss": loss, "grad_norm": norm}
