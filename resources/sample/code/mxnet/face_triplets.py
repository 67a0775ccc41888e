import numpy as np
from mxnet import autograd, gluon, nd


def pick_triplets(labels, rng=np.random):
    """Index triples (anchor, positive, negative), one per anchor that has a partner."""
    labels = np.asarray(labels)
    triples = []
    for i, y in enumerate(labels):
        partners = np.flatnonzero((labels == y) & (np.arange(len(labels)) != i))
        others = np.flatnonzero(labels != y)
        if len(partners) and len(others):
            triples.append((i, rng.choice(partners), rng.choice(others)))
    return np.array(triples).T


def embed_step(net, trainer, images, labels, margin=1):
    loss_fn = gluon.loss.TripletLoss(margin=margin)
    a, p, n = [nd.array(ix) for ix in pick_triplets(labels)]
    with autograd.record():
        e = nd.L2Normalization(net(images))
        loss = loss_fn(e.take(a), e.take(p), e.take(n))
    loss.backward()
    trainer.step(len(a))
    return loss.mean().asscalar()
