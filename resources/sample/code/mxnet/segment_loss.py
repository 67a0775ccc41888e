from mxnet import gluon


class DiceCELoss(gluon.loss.Loss):
    def __init__(self, n_class, mix=1., axis=1, weight=None, batch_axis=0, **kw):
        super().__init__(weight, batch_axis, **kw)
        self._n, self._mix = n_class, mix
        self._ce = gluon.loss.SoftmaxCrossEntropyLoss(axis=axis)

    def hybrid_forward(self, F, pred, label):
        xe = self._ce(pred, label)
        p = F.softmax(pred, axis=1)
        t = F.transpose(F.one_hot(label, depth=self._n), axes=(0, 3, 1, 2))
        # per sample and class, then averaged over the classes
        top = 2 * F.sum(p * t, axis=(2, 3))
        bottom = F.sum(p * p, axis=(2, 3)) + F.sum(t, axis=(2, 3))
        dice = F.mean((top + 1) / (bottom + 1), axis=1)
        return xe + self._mix * (1 - dice)
