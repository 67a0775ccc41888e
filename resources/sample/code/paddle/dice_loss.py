import paddle
import paddle.nn as nn
import paddle.nn.functional as F


class MixedSegLoss(nn.Layer):
    def __init__(self, coef=(1.0, 1.0), ignore_index=255, eps=1e-5):
        super().__init__()
        self.coef = coef
        self.ignore_index = ignore_index
        self.eps = eps

    def dice(self, logit, label):
        valid = (label != self.ignore_index).astype("float32").unsqueeze(1)
        label = paddle.where(label == self.ignore_index, paddle.zeros_like(label), label)
        prob = F.softmax(logit, axis=1) * valid
        truth = F.one_hot(label, logit.shape[1]).transpose([0, 3, 1, 2]) * valid
        inter = paddle.sum(prob * truth, axis=[2, 3])
        total = paddle.sum(prob + truth, axis=[2, 3])
        return 1 - paddle.mean((2 * inter + self.eps) / (total + self.eps))

    def forward(self, logit, label):
        ce = F.cross_entropy(logit, label, axis=1, ignore_index=self.ignore_index)
        return self.coef[0] * ce + self.coef[1] * self.dice(logit, label)
