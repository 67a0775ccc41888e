from mxnet import autograd, gluon, init, nd


def fit_seq2seq(encoder, decoder, loader, num_epochs, bos, ctx, lr=.005):
    for part in (encoder, decoder):
        part.initialize(init.Xavier(), ctx=ctx, force_reinit=True)
    trainers = [gluon.Trainer(part.collect_params(), 'adam', {'learning_rate': lr})
                for part in (encoder, decoder)]
    softmax_ce = gluon.loss.SoftmaxCrossEntropyLoss()
    for epoch in range(num_epochs):
        loss_sum, words = 0., 0.
        for src, tgt, tgt_len in loader:
            src, tgt, tgt_len = [a.as_in_context(ctx) for a in (src, tgt, tgt_len)]
            steps = nd.arange(tgt.shape[1], ctx=ctx).expand_dims(0)
            weight = nd.broadcast_lesser(steps, tgt_len.reshape((-1, 1))).expand_dims(2)
            with autograd.record():
                state = encoder(src)
                first = nd.full((tgt.shape[0], 1), bos, ctx=ctx)
                gold = nd.concat(first, tgt[:, :-1], dim=1)
                loss = softmax_ce(decoder(gold, state), tgt, weight).sum()
            loss.backward()
            count = tgt_len.sum().asscalar()
            for tr in trainers:
                tr.step(count)
            loss_sum, words = loss_sum + loss.asscalar(), words + count
        print('epoch %d, loss %.3f' % (epoch, loss_sum / words))
