import paddle.nn as nn
import paddle.nn.functional as F


class LabelSmoothCELoss(nn.Layer):
    def __init__(self, class_num, epsilon=0.1):
        super().__init__()
        if epsilon is not None and not 0 < epsilon < 1:
            epsilon = None
        self.epsilon = epsilon
        self.class_num = class_num

    def forward(self, x, label):
        if self.epsilon is None:
            return F.cross_entropy(x, label)
        target = F.one_hot(label, self.class_num)
        target = F.label_smooth(target, epsilon=self.epsilon)
        return F.cross_entropy(x, target, soft_label=True).mean()
