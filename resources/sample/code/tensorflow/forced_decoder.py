import tensorflow as tf

ce = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


def masked_loss(real, pred):
    mask = tf.cast(real != 0, pred.dtype)
    return tf.reduce_sum(ce(real, pred) * mask) / tf.reduce_sum(mask)


@tf.function
def train_step(encoder, decoder, optimizer, source, target):
    """The decoder gets the true word of step t when predicting step t + 1."""
    with tf.GradientTape() as tape:
        memory, state = encoder(source, training=True)
        logits = []
        for t in range(target.shape[1] - 1):
            step, state = decoder(target[:, t:t + 1], state, memory, training=True)
            logits.append(step)
        loss = masked_loss(target[:, 1:], tf.stack(logits, axis=1))
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss
