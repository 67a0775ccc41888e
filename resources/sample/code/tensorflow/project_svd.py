import tensorflow as tf


class Projection(tf.Module):
    def __init__(self, data, dims):
        super().__init__()
        self.centre = tf.Variable(tf.reduce_mean(data, axis=0), trainable=False)
        s, _, v = tf.linalg.svd(data - self.centre)
        self.basis = tf.Variable(v[:, :dims], trainable=False)
        share = tf.square(s) / tf.reduce_sum(tf.square(s))
        tf.print("variance kept:", tf.reduce_sum(share[:dims]))

    def __call__(self, x):
        return tf.matmul(x - self.centre, self.basis)

    def reconstruct(self, z):
        return tf.matmul(z, self.basis, transpose_b=True) + self.centre


points = tf.random.normal((100, 2)) @ tf.random.normal((2, 10))
project = Projection(points, 2)
error = tf.reduce_max(tf.abs(project.reconstruct(project(points)) - points))
