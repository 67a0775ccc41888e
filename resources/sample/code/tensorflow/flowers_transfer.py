import tensorflow as tf

IMG = (160, 160, 3)


def make_model(classes):
    base = tf.keras.applications.MobileNetV2(input_shape=IMG, include_top=False, weights="imagenet")
    base.trainable = False
    inputs = tf.keras.Input(IMG)
    x = tf.keras.applications.mobilenet_v2.preprocess_input(inputs)
    x = base(x, training=False)  # batch norm stays in inference mode
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    return base, tf.keras.Model(inputs, tf.keras.layers.Dense(classes)(x))


def two_phases(train, val, classes):
    base, model = make_model(classes)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf.keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    model.fit(train, validation_data=val, epochs=5)

    base.trainable = True
    for layer in base.layers[:100]:
        layer.trainable = False
    model.compile(tf.keras.optimizers.Adam(1e-5), loss, metrics=["accuracy"])
    model.fit(train, validation_data=val, epochs=10, initial_epoch=5)
    return model
