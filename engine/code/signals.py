"""What tells one framework from another: module names, usual aliases and telling names."""

from __future__ import annotations

from typing import Final

from engine.types import Framework

PT, TF, KE, MX = Framework.PYTORCH, Framework.TENSORFLOW, Framework.KERAS, Framework.MXNET
PD, JX, MS, NP = Framework.PADDLE, Framework.JAX, Framework.MINDSPORE, Framework.NUMPY

Candidates = tuple[Framework, ...]


def _modules(*rows: tuple[Framework, str]) -> dict[str, Framework]:
    return {name: framework for framework, names in rows for name in names.split()}


def _candidates(*rows: tuple[Candidates, str]) -> dict[str, Candidates]:
    return {name: frameworks for frameworks, names in rows for name in names.split()}


MODULES: Final = _modules(
    (PT, "torch torchvision torchtext torchaudio torchmetrics pytorch_lightning lightning pytorch"),
    (TF, "tensorflow tensorflow_datasets tensorflow_probability tensorflow_addons tensorflow_hub"),
    (KE, "keras keras_core tf_keras keras_cv keras_nlp keras_hub"),
    (MX, "mxnet gluoncv gluonnlp gluonts"),
    (PD, "paddle paddlenlp paddlepaddle paddlehub ppdet"),
    (JX, "jax flax optax haiku equinox chex objax orbax"),
    (MS, "mindspore mindvision mindnlp mindcv mindformers"),
    (NP, "numpy"),
)
"""Importable names. A component of an import that is one of these settles the framework."""

HEADS: Final = MODULES | _modules(
    (TF, "tf tfds tfp tfa"),
    (MX, "mx gluon npx"),
    (JX, "jnp nnx hk linen"),
    (MS, "mnp mint"),
    (NP, "np onp"),
)
"""Heads of dotted names that say the framework without an import at hand."""

WORDS: Final = _candidates(
    ((PT,), "no_grad requires_grad_ ModuleDict DataParallel DistributedDataParallel LongTensor"),
    ((PT,), "FloatTensor BCEWithLogitsLoss inference_mode register_buffer ConvTranspose2d"),
    ((PT,), "requires_grad pin_memory xavier_uniform_ kaiming_normal_ GradScaler zero_grad"),
    ((PT, PD), "state_dict unsqueeze ModuleList ReLU"),
    ((PT, MS), "Conv1d Conv2d Conv3d BatchNorm1d BatchNorm2d MaxPool2d AvgPool2d"),
    ((TF,), "GradientTape from_tensor_slices AUTOTUNE assign_sub assign_add TFRecordDataset"),
    ((TF,), "reduce_mean reduce_sum watch_accessed_variables convert_to_tensor"),
    ((TF, KE), "trainable_variables apply_gradients"),
    ((KE,), "fit_generator flow_from_directory MaxPooling2D AveragePooling2D to_categorical"),
    ((KE,), "SparseCategoricalCrossentropy CategoricalCrossentropy BinaryCrossentropy"),
    ((KE,), "GlobalAveragePooling2D GlobalMaxPooling2D ImageDataGenerator UpSampling2D"),
    ((KE,), "EarlyStopping ModelCheckpoint TimeDistributed ZeroPadding2D BatchNormalization"),
    ((KE,), "LayerNormalization trainable_weights load_weights save_weights MaxPooling1D"),
    ((MX,), "HybridBlock HybridSequential hybridize hybrid_forward attach_grad as_in_context"),
    ((MX,), "as_in_ctx SoftmaxCrossEntropyLoss SoftmaxCELoss wait_to_read split_and_load"),
    ((MX,), "collect_params list_ctx asscalar FactorScheduler MultiFactorScheduler grad_req"),
    ((MX,), "SoftmaxOutput FullyConnected mark_variables"),
    ((MX, MS), "asnumpy"),
    ((PD,), "clear_grad set_state_dict LayerList BatchNorm2D ParamAttr create_parameter"),
    ((PD, MX, KE), "Conv2DTranspose"),
    ((JX,), "PRNGKey value_and_grad vmap pmap tree_map apply_updates TrainState fori_loop"),
    ((JX,), "init_with_output block_until_ready"),
    ((MS,), "SequentialCell TrainOneStepCell WithLossCell GradOperation CellList"),
    ((MS,), "SoftmaxCrossEntropyWithLogits GeneratorDataset create_dict_iterator"),
)
"""Names that say much wherever they stand, with the candidates, likeliest first."""

TAILS: Final = _candidates(
    ((PT, JX), "nn.Module"),
    ((PT, PD, MX), "loss.backward l.backward"),
    ((PT,), "nn.ModuleList nn.ModuleDict nn.Parameter nn.init nn.utils nn.CrossEntropyLoss"),
    ((PT,), "nn.MultiheadAttention nn.BCELoss nn.NLLLoss nn.ParameterList"),
    ((PT,), "nn.ConvTranspose2d nn.AdaptiveAvgPool2d nn.DataParallel nn.parameter"),
    ((PT, MS), "nn.Conv1d nn.Conv2d nn.Conv3d nn.BatchNorm1d nn.BatchNorm2d nn.MaxPool2d"),
    ((PT, MS), "nn.AvgPool2d nn.InstanceNorm2d nn.PReLU nn.L1Loss nn.MSELoss"),
    ((PT, PD), "nn.Linear nn.functional nn.Identity nn.TransformerEncoder nn.Upsample"),
    ((PT, PD, MS), "nn.ReLU nn.Sigmoid nn.Tanh nn.Softmax nn.GELU nn.SiLU nn.LeakyReLU"),
    ((PT, PD, MX), "nn.Sequential nn.Flatten"),
    ((PT, MX, PD, JX, MS), "nn.Dropout nn.Embedding nn.LayerNorm nn.GroupNorm"),
    ((PT, PD, MS), "nn.LSTM nn.GRU nn.LSTMCell nn.GRUCell"),
    ((PT, MS), "nn.RNN nn.RNNCell"),
    ((MX,), "nn.Block nn.HybridBlock nn.HybridSequential nn.Activation nn.GlobalAvgPool2D"),
    ((MX,), "nn.GlobalMaxPool2D nn.HybridLambda nn.MaxPool1D"),
    ((MX, PD), "nn.Conv1D nn.Conv2D nn.Conv3D nn.MaxPool2D nn.AvgPool2D nn.Conv2DTranspose"),
    ((MX, JX), "nn.BatchNorm"),
    ((MX, JX, MS), "nn.Dense"),
    ((PD,), "nn.Layer nn.LayerList nn.BatchNorm1D nn.BatchNorm2D nn.initializer nn.Pad2D"),
    ((PD,), "nn.AdaptiveAvgPool2D nn.ClipGradByGlobalNorm nn.MultiHeadAttention"),
    ((JX,), "nn.compact nn.Conv nn.initializers nn.softmax nn.relu nn.max_pool nn.avg_pool"),
    ((JX,), "nn.log_softmax nn.gelu nn.one_hot nn.scan nn.RNN nn.OptimizedLSTMCell nn.swish"),
    ((JX,), "nn.SelfAttention nn.MultiHeadDotProductAttention nn.Embed nn.ConvTranspose"),
    ((MS,), "nn.Cell nn.CellList nn.SequentialCell nn.TrainOneStepCell nn.WithLossCell"),
    ((MS,), "nn.Momentum nn.SoftmaxCrossEntropyWithLogits nn.Adam nn.SGD nn.piecewise_constant_lr"),
    ((PT, PD), "F.relu F.softmax F.cross_entropy F.log_softmax F.dropout F.mse_loss F.linear"),
    ((PT, PD), "F.conv2d F.pad F.interpolate F.normalize F.gelu F.sigmoid F.tanh F.embedding"),
    ((PT, PD), "F.max_pool2d F.avg_pool2d F.binary_cross_entropy_with_logits F.one_hot F.silu"),
    ((PT, PD), "F.layer_norm F.batch_norm F.grid_sample F.adaptive_avg_pool2d F.nll_loss"),
    ((PT,), "F.scaled_dot_product_attention F.l1_loss F.smooth_l1_loss F.conv1d F.kl_div"),
    ((MX,), "F.FullyConnected F.Activation F.broadcast_add F.broadcast_mul F.concat F.batch_dot"),
    ((MX,), "F.Convolution F.SoftmaxOutput F.expand_dims F.SequenceMask F.broadcast_like"),
    ((MX,), "nd.array nd.zeros nd.ones nd.random nd.dot nd.concat nd.NDArray nd.arange nd.softmax"),
    ((MX,), "nd.exp nd.sum nd.relu nd.one_hot nd.batch_dot sym.Variable sym.FullyConnected"),
    ((MX,), "autograd.record autograd.pause autograd.is_training init.Xavier init.Normal"),
    ((MX,), "lr_scheduler.FactorScheduler init.Constant init.Zero rnn.LSTM rnn.GRU rnn.RNN"),
    ((MX,), "loss.L2Loss loss.SoftmaxCrossEntropyLoss trainer.learning_rate"),
    ((PT,), "optim.SGD optim.Adam optim.AdamW optim.RMSprop optim.Adagrad optim.lr_scheduler"),
    ((PT,), "optim.Optimizer optim.LBFGS init.xavier_uniform_ init.normal_ init.kaiming_normal_"),
    ((PT,), "lr_scheduler.StepLR lr_scheduler.CosineAnnealingLR dist.all_reduce"),
    ((KE,), "layers.Dense layers.Conv2D layers.Dropout layers.Flatten layers.Layer layers.Input"),
    ((KE,), "layers.LSTM layers.GRU layers.Embedding layers.BatchNormalization layers.Concatenate"),
    ((KE,), "layers.MaxPooling2D layers.LayerNormalization layers.MultiHeadAttention layers.Add"),
    ((KE,), "layers.Activation layers.Reshape layers.Bidirectional layers.Lambda K.mean K.sum"),
    ((KE,), "models.Sequential optimizers.Adam optimizers.SGD optimizers.RMSprop K.dot"),
    ((KE,), "K.square K.epsilon K.function K.gradients losses.MeanSquaredError metrics.Mean"),
    ((KE,), "callbacks.Callback regularizers.l2 initializers.GlorotUniform K.concatenate"),
    ((JX,), "lax.scan lax.cond lax.fori_loop lax.while_loop lax.conv_general_dilated lax.dot"),
    ((JX,), "lax.pmean lax.psum lax.stop_gradient random.PRNGKey lax.select lax.dynamic_slice"),
    ((MS,), "ops.ReduceMean ops.ReduceSum ops.MatMul ops.Concat ops.GradOperation ops.OneHot"),
    ((MS,), "ms.Tensor ms.Parameter ms.value_and_grad ms.dtype ms.set_context ms.Model ms.ops"),
    ((MS,), "P.MatMul P.ReduceMean P.Reshape P.Cast ds.GeneratorDataset ds.MnistDataset"),
    ((MS,), "ds.Cifar10Dataset ms.float32 ms.int32 ms.jit ms.grad ms.nn"),
    ((KE, MS), "ops.softmax ops.matmul ops.convert_to_tensor ops.concatenate"),
)
"""Heads that several frameworks share, with what follows: the candidates, likeliest first."""

TAIL_HEADS: Final = frozenset(tail.split(".")[0] for tail in TAILS)
TAIL_ENDS: Final = frozenset(tail.split(".")[1] for tail in TAILS)
