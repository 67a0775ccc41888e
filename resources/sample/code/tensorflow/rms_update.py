import tensorflow as tf


class HandRMS:
    def __init__(self, variables, learning_rate=0.001, decay=0.9, epsilon=1e-7):
        self.lr, self.decay, self.eps = learning_rate, decay, epsilon
        self.variables = list(variables)
        self.mean_square = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.variables]

    def minimize(self, loss_fn):
        with tf.GradientTape() as tape:
            loss = loss_fn()
        grads = tape.gradient(loss, self.variables)
        for var, ms, g in zip(self.variables, self.mean_square, grads):
            ms.assign(self.decay * ms + (1. - self.decay) * tf.square(g))
            var.assign_sub(self.lr * g * tf.math.rsqrt(ms + self.eps))
        return loss
