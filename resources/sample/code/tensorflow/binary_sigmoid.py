import tensorflow as tf


def standardise(x):
    mean, var = tf.nn.moments(x, axes=[0])
    return (x - mean) / tf.sqrt(var + 1e-8)


def train_classifier(x, y, epochs=50, batch=32, lr=0.05):
    w = tf.Variable(tf.zeros([x.shape[1], 1]))
    b = tf.Variable(0.0)
    data = tf.data.Dataset.from_tensor_slices((standardise(x), y)).shuffle(1024).batch(batch)
    for _ in range(epochs):
        for xb, yb in data:
            with tf.GradientTape() as tape:
                z = tf.squeeze(xb @ w, axis=1) + b
                loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=yb, logits=z))
            dw, db = tape.gradient(loss, [w, b])
            w.assign_sub(lr * dw)
            b.assign_sub(lr * db)
    return w, b
