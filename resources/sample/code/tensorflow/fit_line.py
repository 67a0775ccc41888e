import tensorflow as tf


class Line(tf.Module):
    def __init__(self, dims):
        super().__init__()
        self.a = tf.Variable(tf.random.normal([dims], stddev=0.1))
        self.c = tf.Variable(0.0)

    @tf.function
    def __call__(self, x):
        return tf.linalg.matvec(x, self.a) + self.c

    def descend(self, x, y, rate):
        with tf.GradientTape() as tape:
            mse = tf.reduce_mean(tf.math.squared_difference(self(x), y))
        for v, g in zip(self.trainable_variables, tape.gradient(mse, self.trainable_variables)):
            v.assign_sub(rate * g)
        return mse


x = tf.random.normal((256, 3))
y = tf.linalg.matvec(x, tf.constant([1.0, 2.0, 3.0])) - 1.0
line = Line(3)
for i in range(200):
    mse = line.descend(x, y, 0.1)
print(line.a.numpy(), line.c.numpy(), float(mse))
