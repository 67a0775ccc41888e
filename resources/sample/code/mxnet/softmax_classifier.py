import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon.data.vision import MNIST, transforms


def mnist(batch_size):
    as_tensor = transforms.ToTensor()
    return [gluon.data.DataLoader(MNIST(train=t).transform_first(as_tensor), batch_size, shuffle=t)
            for t in (True, False)]


def score(net, loader):
    metric = mx.metric.Accuracy()
    for x, y in loader:
        metric.update(y, net(x))
    return metric.get()[1]


def main(epochs=5, batch_size=256):
    train, test = mnist(batch_size)
    net = gluon.nn.Dense(10)
    net.initialize(mx.init.Normal(0.01))
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    for epoch in range(epochs):
        total = 0
        for x, y in train:
            with autograd.record():
                cost = loss(net(x), y)
            cost.backward()
            trainer.step(len(x))
            total += nd.sum(cost).asscalar()
        print(epoch, total / len(train._dataset), score(net, test))
