from mxnet import autograd, gluon


def delayed_update(net, loader, batch_size, delay=4, lr=0.05):
    params = net.collect_params()
    # 'add' makes backward() accumulate instead of overwrite
    for p in params.values():
        p.grad_req = 'add'
    trainer = gluon.Trainer(params, 'sgd', {'learning_rate': lr})
    loss_fn = gluon.loss.SoftmaxCrossEntropyLoss()
    for i, (x, y) in enumerate(loader):
        with autograd.record():
            loss = loss_fn(net(x), y)
        loss.backward()
        if (i + 1) % delay == 0:
            trainer.step(batch_size * delay)
            params.zero_grad()
