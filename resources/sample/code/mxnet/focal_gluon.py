from mxnet import gluon


class FocalBCE(gluon.loss.Loss):
    def __init__(self, alpha=.25, gamma=2, eps=1e-12, size_average=True, weight=None, batch_axis=0):
        super().__init__(weight, batch_axis)
        self._alpha, self._gamma, self._eps = alpha, gamma, eps
        self._size_average = size_average

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        prob = F.sigmoid(pred)
        pt = F.where(label, prob, 1 - prob)
        alpha = F.where(label, self._alpha * F.ones_like(pred), (1 - self._alpha) * F.ones_like(pred))
        loss = -alpha * (1 - pt) ** self._gamma * F.log(F.minimum(pt + self._eps, 1))
        if sample_weight is not None:
            loss = F.broadcast_mul(loss, sample_weight)
        reduce = F.mean if self._size_average else F.sum
        return reduce(loss, axis=self._batch_axis, exclude=True)
