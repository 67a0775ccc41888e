import tensorflow as tf


def keep_top_k(logits, k):
    values, _ = tf.math.top_k(logits, k=k)
    threshold = values[:, -1, tf.newaxis]
    return tf.where(logits < threshold, tf.float32.min, logits)


def keep_nucleus(logits, p):
    descending = tf.sort(logits, direction="DESCENDING", axis=-1)
    mass = tf.cumsum(tf.nn.softmax(descending), axis=-1)
    # smallest logit that still belongs to the nucleus
    size = tf.reduce_sum(tf.cast(mass < p, tf.int32), axis=-1)
    cutoff = tf.gather(descending, size, batch_dims=1)[:, tf.newaxis]
    return tf.where(logits >= cutoff, logits, tf.float32.min)


def draw(logits, temperature=0.8, k=None, p=None):
    logits = logits / temperature
    if k:
        logits = keep_top_k(logits, k)
    if p:
        logits = keep_nucleus(logits, p)
    return tf.squeeze(tf.random.categorical(logits, num_samples=1), axis=-1)
