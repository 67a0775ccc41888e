import tensorflow as tf


def momentum_slots(model):
    return [tf.Variable(tf.zeros_like(w), trainable=False) for w in model.trainable_variables]


@tf.function
def train_on(model, slots, x, y, rate=0.01, mu=0.9):
    """One step: slot <- mu * slot - rate * grad, weight <- weight + slot."""
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        ce = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        cost = tf.reduce_mean(ce)
    weights = model.trainable_variables
    for weight, slot, grad in zip(weights, slots, tape.gradient(cost, weights)):
        slot.assign(mu * slot - rate * grad)
        weight.assign_add(slot)
    return cost
