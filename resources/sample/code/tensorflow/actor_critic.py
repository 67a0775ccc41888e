import tensorflow as tf
from tensorflow.keras import layers


class ActorCritic(tf.keras.Model):
    def __init__(self, actions, units=128):
        super().__init__()
        self.common = layers.Dense(units, activation="relu")
        self.actor, self.critic = layers.Dense(actions), layers.Dense(1)

    def call(self, state):
        x = self.common(state)
        return self.actor(x), self.critic(x)


def expected_return(rewards, gamma=0.99):
    backwards = tf.reverse(tf.cast(rewards, tf.float32), [0])
    g = tf.scan(lambda acc, r: r + gamma * acc, backwards)
    g = tf.reverse(g, [0])
    return (g - tf.reduce_mean(g)) / (tf.math.reduce_std(g) + 1e-7)


@tf.function
def learn(model, optimizer, states, actions, rewards):
    """One finished episode: states (T, obs), actions (T,), rewards (T,)."""
    g = expected_return(rewards)
    with tf.GradientTape() as tape:
        logits, values = model(states)
        values = tf.squeeze(values, 1)
        nll = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
        actor = tf.reduce_sum(nll * tf.stop_gradient(g - values))
        critic = tf.reduce_sum(tf.keras.losses.huber(g[:, None], values[:, None]))
        loss = actor + critic
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss
