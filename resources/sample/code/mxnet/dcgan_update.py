from mxnet import autograd, gluon, nd

loss = gluon.loss.SigmoidBinaryCrossEntropyLoss()


def update_D(X, Z, netD, netG, trainerD):
    n = X.shape[0]
    fake = netG(Z)                     # outside record(): no gradient for netG
    with autograd.record():
        errD = (loss(netD(X), nd.ones((n,), ctx=X.context))
                + loss(netD(fake), nd.zeros((n,), ctx=X.context))) / 2
    errD.backward()
    trainerD.step(n)
    return errD.mean().asscalar()


def update_G(Z, netD, netG, trainerG):
    with autograd.record():
        verdict = netD(netG(Z))
        errG = loss(verdict, nd.ones((Z.shape[0],), ctx=Z.context))
    errG.backward()
    trainerG.step(Z.shape[0])
    return errG.mean().asscalar()


def one_round(X, netD, netG, trainerD, trainerG, latent=100):
    Z = nd.random.normal(0, 1, shape=(X.shape[0], latent, 1, 1), ctx=X.context)
    return update_D(X, Z, netD, netG, trainerD), update_G(Z, netD, netG, trainerG)
