import tensorflow as tf


class Accumulator:
    def __init__(self, model, optimizer, every):
        self.model, self.optimizer, self.every = model, optimizer, every
        self.sums = [tf.Variable(tf.zeros_like(v), trainable=False) for v in model.trainable_variables]
        self.seen = tf.Variable(0, trainable=False)

    def add(self, x, y, loss_fn):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, self.model(x, training=True))
        for s, g in zip(self.sums, tape.gradient(loss, self.model.trainable_variables)):
            s.assign_add(g)
        if self.seen.assign_add(1) == self.every:
            self.flush()
        return loss

    def flush(self):
        mean = [s / tf.cast(self.seen, s.dtype) for s in self.sums]
        self.optimizer.apply_gradients(zip(mean, self.model.trainable_variables))
        for s in self.sums:
            s.assign(tf.zeros_like(s))
        self.seen.assign(0)
