import tensorflow as tf


def piecewise(epoch, lr):
    """Keras hands over the current rate; change it only at the boundaries."""
    if epoch in (20, 40):
        return lr / 10.0
    return lr


def compile_and_fit(model, train_ds, val_ds):
    model.compile(
        optimizer=tf.keras.optimizers.SGD(0.05, momentum=0.9),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    drop = tf.keras.callbacks.LearningRateScheduler(piecewise, verbose=0)
    return model.fit(train_ds, validation_data=val_ds, epochs=60, callbacks=[drop], verbose=2)


# the same thing per step instead of per epoch
per_step = tf.keras.optimizers.schedules.PiecewiseConstantDecay(
    boundaries=[20_000, 40_000], values=[0.05, 0.005, 0.0005])
