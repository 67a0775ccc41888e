import tensorflow as tf
from tensorflow.keras import layers, mixed_precision


def build(num_classes):
    mixed_precision.set_global_policy("mixed_float16")
    inputs = tf.keras.Input((224, 224, 3))
    x = layers.Rescaling(1 / 255.0)(inputs)
    for width in (32, 64, 128):
        x = layers.Conv2D(width, 3, strides=2, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(num_classes)(x)
    # the softmax must not overflow: compute it in float32
    outputs = layers.Activation("softmax", dtype="float32")(x)
    return tf.keras.Model(inputs, outputs)


def compile_model(model):
    optimizer = mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam(1e-3))
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
