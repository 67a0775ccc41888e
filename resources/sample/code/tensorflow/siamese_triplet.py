import tensorflow as tf
from tensorflow.keras import layers


def squared_distance(a, b):
    return tf.reduce_sum(tf.square(a - b), axis=-1)


class TripletTrainer(tf.keras.Model):
    def __init__(self, embed, margin=0.5):
        super().__init__()
        self.embed, self.margin = embed, margin
        self.tracker = tf.keras.metrics.Mean(name="loss")

    def train_step(self, images):
        anchor, positive, negative = images
        with tf.GradientTape() as tape:
            a, p, n = (tf.math.l2_normalize(self.embed(i, training=True), -1)
                       for i in (anchor, positive, negative))
            gap = squared_distance(a, p) - squared_distance(a, n) + self.margin
            loss = tf.reduce_mean(tf.maximum(gap, 0.0))
        grads = tape.gradient(loss, self.embed.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.embed.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


embed = tf.keras.Sequential([layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(32)])
trainer = TripletTrainer(embed)
