import tensorflow as tf


@tf.function
def assign_points(points, centroids):
    # |p - c|^2 = |p|^2 - 2 p.c + |c|^2, the first term does not change the argmin
    cross = tf.matmul(points, centroids, transpose_b=True)
    return tf.argmin(tf.reduce_sum(centroids ** 2, 1) - 2 * cross, axis=1, output_type=tf.int32)


def lloyd(points, k, rounds=30):
    centroids = tf.random.shuffle(points)[:k]
    for _ in range(rounds):
        cluster = assign_points(points, centroids)
        centroids = tf.math.unsorted_segment_mean(points, cluster, num_segments=k)
    return centroids, assign_points(points, centroids)


blobs = tf.concat([tf.random.normal((50, 2)) + offset for offset in ([0., 0.], [8., 8.])], axis=0)
centroids, cluster = lloyd(blobs, 2)
print(centroids.numpy())
