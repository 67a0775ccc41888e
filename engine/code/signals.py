"""What tells one framework from another: module names, usual aliases and telling names."""

from __future__ import annotations

from typing import Final

from engine.types import Framework

PT, TF, KE, MX = Framework.PYTORCH, Framework.TENSORFLOW, Framework.KERAS, Framework.MXNET
PD, JX, MS, NP = Framework.PADDLE, Framework.JAX, Framework.MINDSPORE, Framework.NUMPY


def _table(*rows: tuple[Framework, str]) -> dict[str, Framework]:
    return {name: framework for framework, names in rows for name in names.split()}


def _candidates(*rows: tuple[tuple[Framework, ...], str]) -> dict[str, tuple[Framework, ...]]:
    return {name: frameworks for frameworks, names in rows for name in names.split()}


MODULES: Final = _table(
    (PT, "torch torchvision torchtext torchaudio pytorch_lightning lightning pytorch torchmetrics"),
    (TF, "tensorflow tensorflow_datasets tensorflow_probability tensorflow_addons tensorflow_hub"),
    (KE, "keras keras_core tf_keras keras_cv keras_nlp"),
    (MX, "mxnet gluoncv gluonnlp gluonts"),
    (PD, "paddle paddlenlp paddlepaddle paddle_hub"),
    (JX, "jax flax optax haiku equinox chex objax"),
    (MS, "mindspore mindvision mindnlp mindcv"),
    (NP, "numpy"),
)
"""Importable names. A component of an import that is one of these settles the framework."""

HEADS: Final = MODULES | _table(
    (TF, "tf tfds tfp tfa"),
    (MX, "mx gluon npx"),
    (JX, "jnp nnx hk linen"),
    (MS, "mnp mint"),
    (NP, "np onp"),
)
"""Heads of dotted names that say the framework without an import at hand."""

WORDS: Final = _table(
    (PT, "zero_grad no_grad requires_grad_ ModuleList ModuleDict DataParallel LongTensor"),
    (PT, "DistributedDataParallel FloatTensor BCEWithLogitsLoss NLLLoss state_dict inference_mode"),
    (TF, "GradientTape from_tensor_slices AUTOTUNE assign_sub tf_function reduce_mean reduce_sum"),
    (TF, "batch_jacobian watch_accessed_variables TFRecordDataset"),
    (KE, "fit_generator flow_from_directory SparseCategoricalCrossentropy MaxPooling2D get_config"),
    (KE, "CategoricalCrossentropy GlobalAveragePooling2D ImageDataGenerator to_categorical"),
    (KE, "EarlyStopping ModelCheckpoint ReduceLROnPlateauCallback Conv2DTranspose UpSampling2D"),
    (MX, "HybridBlock HybridSequential hybridize hybrid_forward attach_grad as_in_context"),
    (MX, "as_in_ctx SoftmaxCrossEntropyLoss SoftmaxCELoss wait_to_read split_and_load waitall"),
    (MX, "initialize_parameters ArrayDataset try_gpu_mx FactorScheduler MultiFactorScheduler"),
    (
        PD,
        "clear_grad set_state_dict set_global_seed LayerList BatchNorm2D Conv2DTranspose_ to_static",
    ),
    (
        JX,
        "PRNGKey value_and_grad vmap pmap tree_map tree_util apply_updates TrainState jit_compile",
    ),
    (MS, "SequentialCell TrainOneStepCell WithLossCell GradOperation CellList set_context"),
)
"""Names that hardly occur outside one framework."""

TAILS: Final = _candidates(
    ((PT, JX), "nn.Module"),
    ((PT,), "nn.ModuleList nn.ModuleDict nn.Parameter nn.init nn.utils nn.CrossEntropyLoss"),
    ((PT,), "nn.TransformerEncoder nn.MultiheadAttention nn.MSELoss nn.BCELoss nn.NLLLoss"),
    ((PT,), "nn.ConvTranspose2d nn.AdaptiveAvgPool2d nn.ReLU6 nn.DataParallel"),
    ((PT, MS), "nn.Conv1d nn.Conv2d nn.Conv3d nn.BatchNorm1d nn.BatchNorm2d nn.MaxPool2d"),
    ((PT, MS), "nn.AvgPool2d nn.Conv2dTranspose"),
    ((PT, PD), "nn.Linear nn.functional nn.Identity nn.AdaptiveAvgPool2D"),
    ((PT, PD, MS), "nn.ReLU nn.Sigmoid nn.Tanh nn.Softmax nn.GELU"),
    ((PT, PD, MX), "nn.Sequential nn.Flatten"),
    ((PT, MX, PD, JX, MS), "nn.Dropout nn.Embedding nn.LayerNorm"),
    ((PT, PD, MS), "nn.LSTM nn.GRU nn.RNN nn.LSTMCell nn.GRUCell"),
    ((MX,), "nn.Block nn.HybridBlock nn.HybridSequential nn.Activation nn.GlobalAvgPool2D"),
    ((MX,), "nn.GlobalMaxPool2D nn.HybridLambda"),
    ((MX, PD), "nn.Conv1D nn.Conv2D nn.Conv3D nn.MaxPool2D nn.AvgPool2D nn.Conv2DTranspose"),
    ((MX, JX), "nn.BatchNorm"),
    ((MX, JX, MS), "nn.Dense"),
    ((PD,), "nn.Layer nn.LayerList nn.BatchNorm1D nn.BatchNorm2D nn.initializer"),
    ((PD,), "nn.AdaptiveAvgPool2D nn.ClipGradByGlobalNorm"),
    ((JX,), "nn.compact nn.Conv nn.initializers nn.softmax nn.relu nn.max_pool nn.avg_pool"),
    ((JX,), "nn.log_softmax nn.gelu nn.one_hot nn.attention nn.scan nn.RNN nn.OptimizedLSTMCell"),
    ((MS,), "nn.Cell nn.CellList nn.SequentialCell nn.TrainOneStepCell nn.WithLossCell"),
    ((MS,), "nn.Momentum nn.SoftmaxCrossEntropyWithLogits nn.Adam nn.SGD"),
    ((PT, PD), "F.relu F.softmax F.cross_entropy F.log_softmax F.dropout F.mse_loss F.linear"),
    ((PT, PD), "F.conv2d F.pad F.interpolate F.normalize F.gelu F.sigmoid F.tanh F.embedding"),
    ((PT, PD), "F.max_pool2d F.avg_pool2d F.binary_cross_entropy_with_logits F.one_hot"),
    ((PT, PD), "F.layer_norm F.batch_norm F.grid_sample F.adaptive_avg_pool2d F.nll_loss"),
    ((PT,), "F.scaled_dot_product_attention F.unfold F.fold F.l1_loss F.smooth_l1_loss"),
    ((MX,), "F.FullyConnected F.Activation F.broadcast_add F.broadcast_mul F.concat F.batch_dot"),
    ((MX,), "F.Convolution F.SoftmaxOutput F.reshape F.expand_dims F.SequenceMask"),
    ((MX,), "nd.array nd.zeros nd.ones nd.random nd.dot nd.concat nd.NDArray nd.arange nd.softmax"),
    ((MX,), "autograd.record autograd.pause autograd.is_training init.Xavier init.Normal"),
    ((MX,), "lr_scheduler.FactorScheduler init.Constant init.Zero rnn.LSTM rnn.GRU rnn.RNN"),
    ((MX,), "loss.SoftmaxCrossEntropyLoss loss.L2Loss trainer.learning_rate"),
    ((PT,), "optim.SGD optim.Adam optim.AdamW optim.RMSprop optim.Adagrad optim.lr_scheduler"),
    ((PT,), "optim.Optimizer optim.LBFGS init.xavier_uniform_ init.normal_ init.kaiming_normal_"),
    ((PT,), "lr_scheduler.StepLR lr_scheduler.CosineAnnealingLR dist.all_reduce cuda.is_available"),
    ((KE,), "layers.Dense layers.Conv2D layers.Dropout layers.Flatten layers.Layer layers.Input"),
    ((KE,), "layers.LSTM layers.GRU layers.Embedding layers.BatchNormalization layers.Concatenate"),
    ((KE,), "layers.MaxPooling2D layers.LayerNormalization layers.MultiHeadAttention layers.Add"),
    ((KE,), "models.Sequential optimizers.Adam optimizers.SGD optimizers.RMSprop K.mean K.sum"),
    ((KE,), "K.square K.epsilon K.function K.gradients losses.MeanSquaredError metrics.Mean"),
    ((KE,), "callbacks.Callback regularizers.l2 initializers.GlorotUniform"),
    ((JX,), "lax.scan lax.cond lax.fori_loop lax.while_loop lax.conv_general_dilated lax.dot"),
    ((JX,), "lax.pmean lax.psum lax.stop_gradient random.split random.PRNGKey"),
    ((MS,), "ops.ReduceMean ops.ReduceSum ops.MatMul ops.Concat ops.GradOperation ops.OneHot"),
    ((MS,), "ms.Tensor ms.Parameter ms.value_and_grad ms.dtype ms.set_context ms.Model ms.ops"),
    ((MS,), "context.set_context P.MatMul P.ReduceMean P.Reshape P.Cast ds.GeneratorDataset"),
    ((MS,), "ds.MnistDataset ds.Cifar10Dataset"),
    ((KE, MS), "ops.softmax ops.matmul ops.convert_to_tensor ops.concatenate"),
)
"""Heads that several frameworks share, with what follows: the candidates, likeliest first."""

HINTED: Final = frozenset(HEADS) | frozenset(WORDS) | {tail.split(".")[0] for tail in TAILS}
"""A text without any of these words needs no further look."""
