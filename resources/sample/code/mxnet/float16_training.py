from mxnet import autograd, gluon
from mxnet.contrib import amp


def prepare(net, ctx, lr=0.1):
    """Patch the operators, then give the trainer a dynamic loss scale. Call before hybridize."""
    amp.init()
    net.initialize(ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr, 'momentum': 0.9})
    amp.init_trainer(trainer)
    net.hybridize(static_alloc=True)
    return trainer


def fp16_step(net, trainer, x, y, loss_fn=gluon.loss.SoftmaxCrossEntropyLoss()):
    with autograd.record():
        loss = loss_fn(net(x), y)
        with amp.scale_loss(loss, trainer) as scaled:
            autograd.backward(scaled)
    trainer.step(x.shape[0])
    return loss.mean()
