from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
PADDLE = """
class BertOutput(paddle.nn.Layer):
    def forward(self, hidden, residual):
        output = paddle.nn.functional.dropout(self.linear2(hidden), p=self.rate)
        output = self.norm2(output.add(residual))
        magnitude = paddle.mean(paddle.abs(output), axis=-1, keepdim=True)
        return paddle.divide(output, paddle.clip(magnitude, 1e-6))
"""
SPREAD_TORCH = """
def spread(values, axis=None, keepdims=False):
    values = torch.as_tensor(values, dtype=torch.float32)
    centre = values.mean(dim=axis, keepdim=True)
    squared = torch.square(values - centre)
    return torch.sqrt(squared.mean(dim=axis, keepdim=keepdims))
"""
SPREAD_OTHER = """
def spread(values, axis=None, keepdims=False):
    values = xp.convert_to_tensor(values, "float32")
    deviation = xp.subtract(values, xp.reduce_mean(values, axis, keepdims=True))
    return xp.sqrt(xp.reduce_mean(xp.power(deviation, 2), axis, keepdims=keepdims))
"""


def in_class(name, code):
    lines = "\n".join(f"    {line}" for line in code.strip().splitlines())
    return f"class {name}(Base):\n{lines}\n"


@pytest.mark.parametrize(
    ("path", "framework", "module"),
    [
        ("transformers/models/bart/modeling_bart.py", "PyTorch", "transformers/bart"),
        ("transformers/models/bart/modeling_tf_bart.py", "TensorFlow", "transformers/bart"),
        ("transformers/models/bart/modeling_flax_bart.py", "JAX", "transformers/bart"),
        ("paddlenlp/transformers/bart/modeling.py", "Paddle", "transformers/bart"),
        ("mindnlp/transformers/models/bart/modeling_bart.py", "MindSpore", "transformers/bart"),
        ("transformers/generation/flax_utils.py", "JAX", "transformers/generation/utils"),
        ("ivy/functional/backends/mxnet/linear_algebra.py", "MXNet", "ivy/linear_algebra"),
        ("dgl/nn/pytorch/conv/gatconv.py", "PyTorch", "dgl/nn/conv/gatconv"),
        ("keras/src/backend/tensorflow/linalg.py", "TensorFlow", "keras/linalg"),
        ("tensorlayerx/losses/mindspore_cost.py", "MindSpore", "tensorlayerx/losses/cost"),
        ("gluoncv/model_zoo/ssd/ssd.py", "MXNet", "gluoncv"),
        ("gluoncv/torch/model_zoo/action_recognition/i3d_resnet.py", "PyTorch", "gluoncv"),
        ("timm/models/swin_transformer.py", "PyTorch", "vision/swintransformer"),
        ("mindcv/models/swintransformer.py", "MindSpore", "vision/swintransformer"),
        ("art/estimators/classification/pytorch.py", "PyTorch", None),
    ],
)
def test_a_path_says_framework_and_module(path, framework, module):
    found = place(path)
    assert found is not None
    assert found.framework == framework
    assert module is None or found.module == module


@pytest.mark.parametrize(
    "path",
    [
        "transformers/models/bart/tokenization_bart.py",
        "keras/src/backend/common/variables.py",
        "requests/sessions.py",
    ],
)
def test_a_file_without_twins_has_no_place(path):
    assert place(path) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("TFBertLayer.call", "BertLayer.forward"),
        ("FlaxBertLayer.__call__", "BertLayer.forward"),
        ("GATConv.construct", "GATConv.forward"),
        ("PyTorchTensor.softmax", "JAXTensor.softmax"),
        ("CutoutPyTorch.forward", "CutoutTensorFlowV2.call"),
        ("spread_tf", "spread_torch"),
    ],
)
def test_the_frameworks_own_habits_are_taken_off_a_name(first, second):
    assert normalised_name(first) == normalised_name(second)


def test_different_routines_keep_different_names():
    assert normalised_name("BertLayer.forward") != normalised_name("BertPooler.forward")
    assert normalised_name("BertLayer.__init__") != normalised_name("BertLayer.init")


def test_a_model_s_name_is_no_part_of_its_classes():
    assert normalised_name("LlamaAttention", "llama") == normalised_name("Attention", "llama")
    assert normalised_name("XLMRobertaModel", "xlm_roberta") == "model"
    assert normalised_name("Llama", "llama") == "llama"


FAMILIES = [
    ("keras/src/backend/torch/numpy.py", "keras/src/backend/jax/numpy.py"),
    (
        "ivy/functional/backends/torch/statistical.py",
        "ivy/functional/backends/paddle/statistical.py",
    ),
    ("tensorlayerx/backend/ops/torch_backend.py", "tensorlayerx/backend/ops/mindspore_backend.py"),
    ("dgl/backend/pytorch/tensor.py", "dgl/backend/mxnet/tensor.py"),
    ("gluonts/torch/scaler.py", "gluonts/mx/block/scaler.py"),
    ("neural_compressor/torch/utils/tools.py", "neural_compressor/tensorflow/utils/tools.py"),
    ("diffusers/models/vae.py", "diffusers/models/vae_flax.py"),
    ("diffusers/models/vae.py", "ppdiffusers/models/vae.py"),
    ("diffusers/models/autoencoders/vae.py", "mindone/diffusers/models/autoencoders/vae.py"),
    ("diffusers/pipelines/sd/pipeline_sd.py", "diffusers/pipelines/sd/pipeline_flax_sd.py"),
    ("peft/tuners/lora/layer.py", "ppdiffusers/peft/tuners/lora/layer.py"),
    ("transformers/models/t5/modeling_t5.py", "easydel/modules/t5/modeling_t5_flax.py"),
    ("transformers/models/phi/modeling_phi.py", "mlx_lm/models/phi.py"),
    ("transformers/models/phi/modeling_phi.py", "keras_hub/src/models/phi/phi_attention.py"),
    ("timm/models/vision_transformer.py", "mindcv/models/vit.py"),
    ("timm/models/resnest.py", "paddleclas/ppcls/arch/backbone/model_zoo/resnest.py"),
    ("torchvision/transforms/functional.py", "paddle/vision/transforms/functional.py"),
    ("deepctr_torch/layers/interaction.py", "deepctr/layers/interaction.py"),
    ("gluoncv/torch/model_zoo/i3d_resnet.py", "gluoncv/model_zoo/action_recognition/i3d_resnet.py"),
]
CLASS_FAMILIES = [
    (
        ("tensorly/backend/pytorch_backend.py", "PyTorchBackend"),
        ("tensorly/backend/tensorflow_backend.py", "TensorflowBackend"),
    ),
    (("eagerpy/tensor/pytorch.py", "PyTorchTensor"), ("eagerpy/tensor/jax.py", "JAXTensor")),
    (
        ("kymatio/backend/torch_backend.py", "TorchBackend"),
        ("kymatio/backend/numpy_backend.py", "NumpyBackend"),
    ),
    (
        ("art/defences/preprocessor/cutmix/cutmix_pytorch.py", "CutMixPyTorch"),
        ("art/defences/preprocessor/cutmix/cutmix_tensorflow.py", "CutMixTensorFlowV2"),
    ),
    (
        ("nncf/quantization/algorithms/min_max/torch_backend.py", "PTMinMaxAlgoBackend"),
        ("nncf/quantization/algorithms/min_max/onnx_backend.py", "ONNXMinMaxAlgoBackend"),
    ),
]


@pytest.mark.parametrize(("first", "second"), FAMILIES)
def test_a_function_meets_its_counterpart(first, second):
    files = [SourceFile(first, SPREAD_TORCH), SourceFile(second, SPREAD_OTHER)]
    (group,) = twin_groups(files)
    assert [text.content for text in group.texts] == [SPREAD_TORCH.strip(), SPREAD_OTHER.strip()]
    assert group.drawable() == [(0, 1)]


@pytest.mark.parametrize(("first", "second"), CLASS_FAMILIES)
def test_a_method_meets_its_counterpart_in_a_class_named_after_the_framework(first, second):
    files = [
        SourceFile(first[0], in_class(first[1], SPREAD_TORCH)),
        SourceFile(second[0], in_class(second[1], SPREAD_OTHER)),
    ]
    starts = [text.content.split("(")[0] for group in twin_groups(files) for text in group.texts]
    assert starts.count("def spread") == 2


def test_counterparts_of_two_packages_and_three_frameworks_make_one_group():
    files = [
        SourceFile("transformers/models/bert/modeling_bert.py", TORCH),
        SourceFile("transformers/models/bert/modeling_tf_bert.py", TENSORFLOW),
        SourceFile("paddlenlp/transformers/bert/modeling.py", PADDLE),
    ]
    starts = {tuple(t.content.split("(")[0] for t in group.texts) for group in twin_groups(files)}
    assert ("def forward", "def call", "def forward") in starts
    assert ("class BertOutput", "class TFBertOutput", "class BertOutput") in starts


def test_one_framework_alone_makes_no_group():
    first = SourceFile("keras/src/backend/torch/numpy.py", SPREAD_TORCH)
    assert list(twin_groups([first, first])) == []


def test_a_routine_repeated_for_every_model_is_kept_twice_and_the_rest_counted():
    files = []
    for model in ("Aaa", "Bbb", "Ccc", "Ddd"):
        for infix, text in (("", TORCH), ("tf_", TENSORFLOW)):
            path = f"transformers/models/{model.lower()}/modeling_{infix}{model.lower()}.py"
            files.append(SourceFile(path, text.replace("Bert", model)))
    losses = Counter()
    groups = list(twin_groups(files, losses=losses))
    methods = [g for g in groups if g.texts[0].content.startswith("def forward")]
    assert len(methods) == 2
    assert losses["repeated for another model"] == 4


def test_what_is_not_wanted_has_no_counterpart_and_is_counted():
    first, second = FAMILIES[0]
    files = [SourceFile(first, SPREAD_TORCH), SourceFile(second, SPREAD_OTHER)]
    losses = Counter()
    groups = twin_groups(files, lambda file, definition: "torch" not in file.path, losses)
    assert list(groups) == []
    assert losses == {"older than June 2019": 1}


def test_twins_of_one_module_share_their_origin_and_others_do_not():
    two = SPREAD_TORCH + SPREAD_TORCH.replace("spread", "deviate")
    other = SPREAD_OTHER + SPREAD_OTHER.replace("spread", "deviate")
    files = [
        SourceFile("keras/src/backend/torch/numpy.py", two),
        SourceFile("keras/src/backend/jax/numpy.py", other),
        SourceFile("keras/src/backend/torch/math.py", SPREAD_TORCH),
        SourceFile("keras/src/backend/jax/math.py", SPREAD_OTHER),
    ]
    origins = [group.origin for group in twin_groups(files)]
    assert len(origins) == 3 and len(set(origins)) == 2 and all(origins)


PARTS = st.lists(
    st.sampled_from(["Bert", "Layer", "Gate", "Pool", "Cell", "Head"]), min_size=1, max_size=4
).map("".join)
FORWARD = ["forward", "call", "__call__", "hybrid_forward", "construct"]


@given(PARTS, st.sampled_from(FORWARD), st.sampled_from(["", "TF", "Flax", "Paddle", "MindSpore"]))
def test_a_class_has_one_name_in_every_framework_and_another_class_another(part, method, brand):
    name = normalised_name(f"{brand}{part}.{method}")
    assert name == normalised_name(f"{part}.forward")
    assert name != normalised_name(f"{brand}{part}Norm.{method}")
    assert name != normalised_name(f"{brand}{part}.reset")
