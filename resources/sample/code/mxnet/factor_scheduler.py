from mxnet import autograd, gluon, lr_scheduler


def get_trainer(net, num_samples, batch_size, lr=0.1, decay_epochs=(40, 80)):
    per_epoch = num_samples // batch_size
    schedule = lr_scheduler.MultiFactorScheduler(
        step=[per_epoch * e for e in decay_epochs], factor=0.1, base_lr=lr)
    return gluon.Trainer(
        net.collect_params(), 'sgd',
        {'learning_rate': lr, 'momentum': 0.9, 'wd': 1e-4, 'lr_scheduler': schedule})


def train_one_epoch(net, trainer, loader, ctx):
    ce = gluon.loss.SoftmaxCrossEntropyLoss()
    for data, label in loader:
        data, label = data.as_in_context(ctx), label.as_in_context(ctx)
        with autograd.record():
            loss = ce(net(data), label)
        loss.backward()
        trainer.step(data.shape[0])
    print('lr is now', trainer.learning_rate)
