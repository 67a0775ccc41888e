import math

from mxnet import autograd, gluon
from mxnet.gluon import nn, rnn


class WordModel(gluon.Block):
    def __init__(self, vocab_size, units=256, num_layers=1, dropout=0.2):
        super().__init__()
        with self.name_scope():
            self.embed = nn.Embedding(vocab_size, units)
            self.lstm = rnn.LSTM(units, num_layers, dropout=dropout, layout='TNC', input_size=units)
            self.out = nn.Dense(vocab_size, flatten=False)

    def forward(self, x, hidden):
        y, hidden = self.lstm(self.embed(x), hidden)
        return self.out(y), hidden


def train(model, batches, trainer, batch_size, ctx, clip=0.2):
    ce = gluon.loss.SoftmaxCrossEntropyLoss()
    hidden = model.lstm.begin_state(batch_size=batch_size, ctx=ctx)
    total = n = 0
    for x, y in batches:                      # both (T, N)
        hidden = [h.detach() for h in hidden]
        with autograd.record():
            scores, hidden = model(x, hidden)
            loss = ce(scores, y).mean()
        loss.backward()
        grads = [p.grad(ctx) for p in model.collect_params().values()]
        gluon.utils.clip_global_norm(grads, clip)
        trainer.step(1)
        total, n = total + loss.asscalar(), n + 1
    return math.exp(total / n)                # perplexity
