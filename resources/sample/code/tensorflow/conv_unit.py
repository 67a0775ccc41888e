from tensorflow import keras
from tensorflow.keras import layers


def conv_unit(x, filters, size=3, strides=1, name=None):
    prefix = f"{name}_" if name else ""
    x = layers.Conv2D(
        filters, size, strides=strides, padding="same", use_bias=False,
        kernel_initializer="he_normal", name=prefix + "conv" if name else None,
    )(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    return layers.Activation("relu")(x)


def small_cnn(input_shape=(32, 32, 3), classes=10):
    inputs = keras.Input(input_shape)
    h = conv_unit(inputs, 32, name="c1")
    h = conv_unit(h, 64, strides=2, name="c2")
    h = conv_unit(h, 128, strides=2, name="c3")
    h = layers.GlobalAveragePooling2D()(h)
    return keras.Model(inputs, layers.Dense(classes)(h))
