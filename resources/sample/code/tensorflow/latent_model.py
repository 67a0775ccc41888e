import tensorflow as tf
from tensorflow.keras import layers


class ConvVAE(tf.keras.Model):
    def __init__(self, latent=8):
        super().__init__()
        self.latent = latent
        self.inference_net = tf.keras.Sequential([
            layers.Conv2D(32, 3, 2, activation="relu"),
            layers.Conv2D(64, 3, 2, activation="relu"),
            layers.Flatten(), layers.Dense(2 * latent)])
        self.generative_net = tf.keras.Sequential([
            layers.Dense(7 * 7 * 32, activation="relu"), layers.Reshape((7, 7, 32)),
            layers.Conv2DTranspose(64, 3, 2, "same", activation="relu"),
            layers.Conv2DTranspose(1, 3, 2, "same")])

    def train_step(self, x):
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(self.inference_net(x), 2, axis=1)
            z = mean + tf.exp(log_var / 2) * tf.random.normal(tf.shape(mean))
            logits = self.generative_net(z)
            pixels = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
            nll = tf.reduce_sum(pixels, axis=[1, 2, 3])
            kl = 0.5 * tf.reduce_sum(tf.exp(log_var) + mean ** 2 - 1.0 - log_var, axis=1)
            loss = tf.reduce_mean(nll + kl)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "kl": tf.reduce_mean(kl)}

    def generate(self, n):
        return tf.sigmoid(self.generative_net(tf.random.normal((n, self.latent))))
