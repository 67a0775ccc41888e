from tensorflow import keras
from tensorflow.keras import layers


def two_convs(x, n):
    for _ in range(2):
        x = layers.Conv2D(n, 3, padding="same", kernel_initializer="he_normal")(x)
        x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    return x


def contract(x, n):
    kept = two_convs(x, n)
    return kept, layers.MaxPooling2D()(kept)


def expand(x, kept, n):
    x = layers.UpSampling2D(interpolation="bilinear")(x)
    x = layers.Concatenate()([x, kept])
    return two_convs(x, n)


def unet(shape=(128, 128, 3), widths=(16, 32, 64), classes=2):
    inputs = x = keras.Input(shape)
    stack = []
    for n in widths:
        kept, x = contract(x, n)
        stack.append(kept)
    x = two_convs(x, 2 * widths[-1])
    for n in reversed(widths):
        x = expand(x, stack.pop(), n)
    return keras.Model(inputs, layers.Conv2D(classes, 1, activation="softmax")(x))
