import tensorflow as tf


class GAN(tf.keras.Model):
    def __init__(self, generator, discriminator, noise_dim):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.noise_dim = noise_dim
        self.loss_fn = tf.keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, g_optimizer, d_optimizer):
        super().compile()
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer

    def train_step(self, images):
        noise = tf.random.normal((tf.shape(images)[0], self.noise_dim))
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            generated = self.generator(noise, training=True)
            on_real = self.discriminator(images, training=True)
            on_fake = self.discriminator(generated, training=True)
            g_loss = self.loss_fn(tf.ones_like(on_fake), on_fake)
            d_loss = self.loss_fn(tf.ones_like(on_real), on_real)
            d_loss += self.loss_fn(tf.zeros_like(on_fake), on_fake)
        for tape, loss, net, opt in (
            (g_tape, g_loss, self.generator, self.g_optimizer),
            (d_tape, d_loss, self.discriminator, self.d_optimizer),
        ):
            opt.apply_gradients(zip(tape.gradient(loss, net.trainable_weights), net.trainable_weights))
        return {"g_loss": g_loss, "d_loss": d_loss}
