import paddle
import paddle.nn as nn
import paddle.nn.functional as F


class MHA(nn.Layer):
    def __init__(self, embed_dim, num_heads, attn_drop=0.0):
        super(MHA, self).__init__()
        self.num_heads = num_heads
        self.scale = (embed_dim // num_heads) ** -0.5
        self.qkv = nn.Linear(embed_dim, embed_dim * 3)
        self.proj = nn.Linear(embed_dim, embed_dim)
        self.attn_drop = nn.Dropout(attn_drop)

    def forward(self, x, attn_mask=None):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape([B, N, 3, self.num_heads, C // self.num_heads])
        q, k, v = qkv.transpose([2, 0, 3, 1, 4]).unbind(0)

        attn = paddle.matmul(q, k, transpose_y=True) * self.scale
        if attn_mask is not None:
            attn += attn_mask
        attn = self.attn_drop(F.softmax(attn, axis=-1))

        out = paddle.matmul(attn, v).transpose([0, 2, 1, 3]).reshape([B, N, C])
        return self.proj(out)
