import paddle
import paddle.nn.functional as F


class FocalCriterion(paddle.nn.Layer):
    """Sum over all anchors, divided by the number of positives."""

    def __init__(self, balance=0.25, focus=2.0):
        super().__init__()
        self.balance = balance
        self.focus = focus

    def forward(self, score, onehot_label):
        p = F.sigmoid(score)
        ce = F.binary_cross_entropy_with_logits(score, onehot_label, reduction="none")
        miss = p * (1 - onehot_label) + (1 - p) * onehot_label
        weight = self.balance * onehot_label + (1 - self.balance) * (1 - onehot_label)
        num_pos = paddle.clip(onehot_label.sum(), min=1.0)
        return (weight * miss.pow(self.focus) * ce).sum() / num_pos
