"""Neural networks from scratch: a small, vectorized NumPy engine that is meant to be read."""

from nnlib import datasets, functional
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
from nnlib.containers import Residual, Sequential
from nnlib.data import batches
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
from nnlib.layers import Dense
from nnlib.losses import Loss, bce_with_logits, mse, softmax_cross_entropy
from nnlib.metrics import accuracy
from nnlib.optimizers import SGD, Adam, Optimizer
from nnlib.parameters import Parameters
from nnlib.training import History, evaluate, fit, predict

__all__ = [
    "ELU",
    "GELU",
    "SGD",
    "Adam",
    "Dense",
    "History",
    "Identity",
    "Layer",
    "LayerLike",
    "LeakyReLU",
    "Loss",
    "Mish",
    "Optimizer",
    "PReLU",
    "Parameters",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Swish",
    "Tanh",
    "accuracy",
    "batches",
    "bce_with_logits",
    "check_layer",
    "check_loss",
    "check_network",
    "datasets",
    "evaluate",
    "fit",
    "functional",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "mse",
    "numerical_gradient",
    "orthogonal",
    "predict",
    "set_trainable",
    "softmax_cross_entropy",
    "walk",
]
