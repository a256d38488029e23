"""Neural networks from scratch: a small, vectorized NumPy engine that is meant to be read."""

from nnlib import datasets, functional, metrics, probes
from nnlib.activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    Mish,
    PReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Softplus,
    Step,
    Swish,
    Tanh,
)
from nnlib.callbacks import EarlyStopping, History, ReduceOnPlateau
from nnlib.checkpoint import load, save
from nnlib.containers import Residual, Sequential
from nnlib.data import Standardizer, batches, kfold, split
from nnlib.gradcheck import check_layer, check_loss, check_network, numerical_gradient
from nnlib.init import (
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    orthogonal,
)
from nnlib.layer import Layer, LayerLike, set_trainable, walk
from nnlib.layers import BatchNorm, Dense, Dropout, Flatten, LayerNorm
from nnlib.losses import Loss, bce_with_logits, focal, hinge, huber, mae, mse, softmax_cross_entropy
from nnlib.metrics import accuracy
from nnlib.optimizers import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from nnlib.parameters import Parameters
from nnlib.regularizers import clip_norm, clip_value, elastic_net, l1, l2, max_norm, soft_threshold
from nnlib.schedules import (
    constant,
    cosine_annealing,
    cosine_restarts,
    exponential_decay,
    one_cycle,
    step_decay,
    warmup,
)
from nnlib.training import evaluate, fit, predict

# fmt: off
__all__ = [
    "ELU", "GELU", "SGD", "AdaGrad", "Adam", "AdamW", "BatchNorm", "Dense", "Dropout",
    "EarlyStopping", "Flatten", "History", "Identity", "Layer", "LayerLike", "LayerNorm",
    "LeakyReLU", "Loss", "Mish", "Optimizer", "PReLU", "Parameters", "RMSProp", "ReLU",
    "ReduceOnPlateau", "Residual", "Sequential", "Sigmoid", "Softmax", "Softplus", "Standardizer",
    "Step", "Swish", "Tanh", "accuracy", "batches", "bce_with_logits", "check_layer", "check_loss",
    "check_network", "clip_norm", "clip_value", "constant", "cosine_annealing", "cosine_restarts",
    "datasets", "elastic_net", "evaluate", "exponential_decay", "fit", "focal", "functional",
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "hinge", "huber", "kfold", "l1",
    "l2", "lecun_normal", "load", "mae", "max_norm", "metrics", "mse", "numerical_gradient",
    "one_cycle", "orthogonal", "predict", "probes", "save", "set_trainable", "soft_threshold",
    "softmax_cross_entropy", "split", "step_decay", "walk", "warmup",
]
