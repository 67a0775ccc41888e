from mxnet import nd


def translate(encoder, decoder, words, src_vocab, tgt_vocab, ctx, max_len=30):
    """src_vocab: token -> id, tgt_vocab: list of tokens with '<s>' and '</s>'"""
    ids = [src_vocab.get(w, src_vocab['<unk>']) for w in words] + [src_vocab['</s>']]
    enc_out, state = encoder(nd.array([ids], ctx=ctx))
    stop = tgt_vocab.index('</s>')
    prev = nd.array([tgt_vocab.index('<s>')], ctx=ctx)
    result = []
    while len(result) < max_len:
        scores, state = decoder(prev, state, enc_out)
        prev = scores.argmax(axis=1)
        token = int(prev.asscalar())
        if token == stop:
            break
        result.append(tgt_vocab[token])
    return ' '.join(result)
