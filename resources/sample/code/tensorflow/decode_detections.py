import tensorflow as tf


class DecodePredictions(tf.keras.layers.Layer):
    def __init__(self, num_classes, confidence=0.05, iou=0.5, per_class=100, total=100):
        super().__init__()
        self.num_classes = num_classes
        self.confidence, self.iou = confidence, iou
        self.per_class, self.total = per_class, total

    def call(self, boxes, class_logits):
        """boxes [batch, n, 4] in y1, x1, y2, x2"""
        return tf.image.combined_non_max_suppression(
            tf.expand_dims(boxes, 2), tf.sigmoid(class_logits),
            self.per_class, self.total, self.iou, self.confidence, clip_boxes=False)


def single_class(boxes, scores, limit=50, iou=0.5):
    chosen = tf.image.non_max_suppression(boxes, scores, limit, iou_threshold=iou)
    return tf.gather(boxes, chosen), tf.gather(scores, chosen)
