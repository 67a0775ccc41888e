from mxnet import gluon, init
from mxnet.gluon.model_zoo import vision


def reuse_features(num_classes, ctx, frozen=True):
    pretrained = vision.resnet18_v2(pretrained=True, ctx=ctx)
    net = vision.resnet18_v2(classes=num_classes)
    net.features = pretrained.features
    net.output.initialize(init.Xavier(), ctx=ctx)
    if frozen:
        net.features.collect_params().setattr('grad_req', 'null')
    net.hybridize()
    return net


def trainer_for(net, frozen, lr=0.01):
    if frozen:
        return gluon.Trainer(net.output.collect_params(), 'adam', {'learning_rate': lr})
    net.output.collect_params().setattr('lr_mult', 10)
    return gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr / 10, 'wd': 1e-3})
