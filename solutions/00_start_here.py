# %% [markdown] id="welcome"
# # Neural networks from scratch
#
# In this course you build neural networks yourself, from a single neuron to a monitored service, with
# nothing but Python and NumPy. Each chapter comes as two notebooks:
#
# - **the chapter**, to read and play with: one idea at a time, its formula, a picture, something to move;
# - **its exercises**, to do: you write each piece yourself, and a check tells you in one sentence what is
#   right or wrong, and which mistake it is.
#
# You need Python and school calculus. Nothing is sent anywhere; your progress is kept in the folder
# `.autograder` on this computer.

# %% [markdown] id="objectives"
# ## What you will be able to do
#
# 1. Explain neural networks and backpropagation, and derive every gradient (chapters 1 to 5).
# 2. Implement a network from scratch, in Python and NumPy, and *prove* it right with a gradient check.
# 3. Choose activations, losses, initializations and optimizers, and say why (chapters 3 to 6).
# 4. Recognize overfitting and treat it (chapter 7), and find out why a training run is sick (chapter 8).
# 5. Reuse a trained network (chapter 9), and bring one to production and watch over it (chapter 10).
# 6. Answer the questions that interviewers ask, with evidence (chapter 11).
#
# Three habits run through all chapters: theory and practice side by side; experiments that hold (several
# seeds, fair comparisons, a baseline); and a question behind every number: what is it good for?

# %% [markdown] id="how"
# ## How to work
#
# 1. Open a chapter in the map below and run it cell by cell (`Shift`+`Enter`). Move the sliders.
# 2. Where it says *now do …*, go to the exercises, fill the hole between the comments, and run the cell.
# 3. Run the check under it. It shows a panel like this one:

# %% id="first-check"
from autograder import check

def neuron(x, w, b):
    return x @ w

check("perceptrons-neuron", seed=1)

# %% [markdown] id="panels"
# The function above forgot its bias, and the panel says so. Stuck? `hint("perceptrons-neuron")` gives a
# nudge, and a bigger one each time you ask. In a terminal, `autograder progress` shows how far you are,
# `autograder check 1` checks a whole chapter, and `autograder reset EXERCISE` puts a cell back as it came
# (what you had is kept).
#
# Pieces that pass their check are kept, and later chapters train real networks with *your* code.

# %% [markdown] id="map"
# ## The map

# %% id="course-map"
from autograder.coursemap import course_map

course_map()

# %% [markdown] id="next-steps"
# ## And then
#
# When you have finished: train every variant on another data set (`nnlib.datasets` has xor, moons, circles,
# spirals, digits and churn); make it converge in fewer epochs; serve it and watch it drift; go on to
# convolutional and recurrent networks, whose layers need the same two methods, `forward` and `backward`;
# and practise the interview aloud.
