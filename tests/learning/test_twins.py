import pytest

from engine.learning.packages import SourceFile
from engine.learning.twins import normalised_name, place, twin_groups

TORCH = """
class BertOutput(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.intermediate_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden, residual):
        hidden = self.dropout(self.dense(hidden))
        hidden = self.norm(hidden + residual)
        scale = hidden.abs().mean(dim=-1, keepdim=True)
        return hidden / scale.clamp(min=1e-6)
"""
TENSORFLOW = """
class TFBertOutput(keras.layers.Layer):
    def call(self, hidden, residual, training=False):
        hidden = self.dropout(self.dense(inputs=hidden), training=training)
        hidden = self.norm(inputs=hidden + residual)
        scale = tf.reduce_mean(tf.abs(hidden), axis=-1, keepdims=True)
        return hidden / tf.maximum(scale, 1e-6)
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("transformers/models/bart/modeling_bart.py", ("PyTorch", "models/bart")),
        ("transformers/models/bart/modeling_tf_bart.py", ("TensorFlow", "models/bart")),
        ("transformers/models/bart/modeling_flax_bart.py", ("JAX", "models/bart")),
        ("paddlenlp/transformers/bart/modeling.py", ("Paddle", "models/bart")),
        ("ivy/functional/backends/mxnet/linear_algebra.py", ("MXNet", "ivy/linear_algebra")),
        ("dgl/nn/pytorch/conv/gatconv.py", ("PyTorch", "dgl/nn/conv/gatconv")),
        ("transformers/models/bart/tokenization_bart.py", None),
    ],
)
def test_a_path_says_framework_and_module(path, expected):
    assert place(path) == expected


def test_the_frameworks_own_habits_are_taken_off_a_name():
    assert normalised_name("TFBertLayer.call") == normalised_name("BertLayer.forward")
    assert normalised_name("FlaxBertLayer.__call__") == normalised_name("BertLayer.forward")
    assert normalised_name("BertLayer.forward") != normalised_name("BertPooler.forward")


def test_counterparts_meet_by_class_and_method():
    files = [
        SourceFile("transformers/models/bart/modeling_bart.py", TORCH),
        SourceFile("transformers/models/bart/modeling_tf_bart.py", TENSORFLOW),
    ]
    groups = list(twin_groups(files))
    starts = {tuple(text.content.split("(")[0] for text in group.texts) for group in groups}
    assert ("def forward", "def call") in starts
    assert ("class BertOutput", "class TFBertOutput") in starts


def test_a_routine_repeated_for_every_model_is_kept_twice_at_most():
    files = []
    for model in ("Aaa", "Bbb", "Ccc", "Ddd"):
        for infix, text in (("", TORCH), ("tf_", TENSORFLOW)):
            path = f"transformers/models/{model.lower()}/modeling_{infix}{model.lower()}.py"
            files.append(SourceFile(path, text.replace("Bert", model)))
    methods = [g for g in twin_groups(files) if g.texts[0].content.startswith("def forward")]
    assert len(methods) == 2
