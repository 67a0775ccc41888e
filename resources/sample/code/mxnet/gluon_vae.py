from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


class GaussianVAE(gluon.HybridBlock):
    def __init__(self, n_hidden=256, n_latent=2, n_output=784, **kwargs):
        super().__init__(**kwargs)
        self.n_latent = n_latent
        with self.name_scope():
            self.encoder = nn.HybridSequential()
            self.encoder.add(nn.Dense(n_hidden, activation='tanh'), nn.Dense(n_latent * 2))
            self.decoder = nn.HybridSequential()
            self.decoder.add(nn.Dense(n_hidden, activation='tanh'),
                             nn.Dense(n_output, activation='sigmoid'))

    def hybrid_forward(self, F, x, noise):
        mu, lv = F.split(self.encoder(x), axis=1, num_outputs=2)
        y = self.decoder(mu + F.exp(0.5 * lv) * noise)
        kl = -0.5 * F.sum(1 + lv - mu * mu - F.exp(lv), axis=1)
        eps = 1e-10
        logloss = -F.sum(x * F.log(y + eps) + (1 - x) * F.log(1 - y + eps), axis=1)
        return kl + logloss


def epoch(model, trainer, data):
    for x in data:
        with autograd.record():
            loss = model(x, nd.random.normal(shape=(len(x), model.n_latent)))
        loss.backward()
        trainer.step(len(x))
    return loss.mean().asscalar()
