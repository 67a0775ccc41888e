import paddle
import paddle.nn.functional as F
from paddle import nn


class InBatchNegatives(nn.Layer):
    """Dual encoder for retrieval: every other title of the batch is a negative."""

    def __init__(self, encoder, margin=0.1, scale=20):
        super().__init__()
        self.encoder = encoder
        self.margin = margin
        self.scale = scale

    def embed(self, ids):
        return F.normalize(self.encoder(ids), p=2, axis=-1)

    def forward(self, query_ids, title_ids):
        cosine = paddle.matmul(self.embed(query_ids), self.embed(title_ids), transpose_y=True)
        batch = cosine.shape[0]
        cosine = cosine - self.margin * paddle.eye(batch)
        labels = paddle.arange(batch, dtype="int64").reshape([-1, 1])
        return F.cross_entropy(cosine * self.scale, labels)
