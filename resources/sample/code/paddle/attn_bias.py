import paddle


class MaskBuilder:
    def __init__(self, pad_idx=0, neg_inf=-1e4):
        self.pad_idx = pad_idx
        self.neg_inf = neg_inf

    def future(self, length):
        upper = paddle.triu(paddle.ones([length, length]), diagonal=1)
        return (upper * self.neg_inf).unsqueeze([0, 1])

    def pads(self, word_ids):
        is_pad = (word_ids == self.pad_idx).astype(paddle.get_default_dtype())
        return (is_pad * self.neg_inf).unsqueeze([1, 2])

    def __call__(self, trg_word):
        bias = self.future(trg_word.shape[1]) + self.pads(trg_word)
        bias.stop_gradient = True
        return bias  # [batch, 1, length, length], to be added before softmax
