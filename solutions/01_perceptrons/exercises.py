# %% [markdown]
# # Exercises 1 · Perceptrons and neurons
#
# Fill in the marked places, run the cell, then run the check below it. A check tells you in one
# sentence what is right or wrong; `hint("...")` gives a nudge, and a bigger one each time you ask.

# %%
import numpy as np

from autograder import check, hint

# %% [markdown]
# ## One neuron's weighted sum · easy · 5 minutes
#
# A neuron with inputs $x$ (shape `(n,)`), weights $w$ (shape `(n,)`) and bias $b$ (a number) first
# computes $z = \sum_i w_i x_i + b$. Write it. The result is one number.

# %% exercise="perceptrons-neuron"
def neuron(x, w, b):
    """Return the weighted sum of the inputs plus the bias."""
    ### BEGIN SOLUTION
    return x @ w + b
    ### END SOLUTION

# %% check="perceptrons-neuron"
check("perceptrons-neuron")
