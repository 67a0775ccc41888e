import paddle
import paddle.nn as nn


class SentenceEmbedding(nn.Layer):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["hidden_size"]
        init = paddle.ParamAttr(initializer=nn.initializer.TruncatedNormal(std=cfg.get("init_range", 0.02)))
        self.word_emb = nn.Embedding(cfg["vocab_size"], d, weight_attr=init)
        self.pos_emb = nn.Embedding(cfg["max_position"], d, weight_attr=init)
        self.ln = nn.LayerNorm(d)
        self.dropout = nn.Dropout(cfg["dropout"])

    def forward(self, src_ids, pos_ids=None):
        if pos_ids is None:
            # 0, 1, 2, ... for every row
            ones = paddle.ones_like(src_ids)
            pos_ids = paddle.cumsum(ones, axis=-1) - ones
        return self.dropout(self.ln(self.word_emb(src_ids) + self.pos_emb(pos_ids)))
