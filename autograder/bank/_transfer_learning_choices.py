"""Chapter 9, transfer learning: decisions and predictions."""

from __future__ import annotations

from autograder.exercise import Exercise, Right, Wrong
from autograder.kinds import choice, prediction
from autograder.probe import value

DOMAIN = choice(
    "transfer_learning-domain",
    "Photographs to X-ray images",
    answer="b",
    options={
        "a": "An X-ray image and a holiday photograph differ in everything that makes a domain: "
        "channels, textures, contrast, what is in them.",
        "c": "Both tasks are classification, so the kind of task is about the only thing they share.",
        "d": "Low-level features such as edges may still help, and training from there costs little: "
        "that is to be measured, not ruled out.",
    },
    hints=(
        "A domain is where the inputs come from; a task is what is asked about them.",
        "Compare the pixels of the two first, then the questions.",
        "The inputs have another distribution, and the classes are others too.",
    ),
)

PITFALL = choice(
    "transfer_learning-pitfall",
    "How much to freeze",
    answer="c",
    options={
        "a": "It is the other way round: few labels cannot pin down many weights, so with little data "
        "one freezes more.",
        "b": "With much data the target itself can correct the body, so freezing only takes away what "
        "it could learn.",
        "d": "The rate matters, but at any rate a frozen body caps what much data can achieve, and a "
        "free one lets little data fit noise.",
    },
    hints=(
        "Look at the chapter's curves at the left and at the right end.",
        "What does each free weight cost when there are few labels? What does a frozen one cost when "
        "there are many?",
        "Freeze more with less data, and less with more; a body that does not fit the domain shifts "
        "the crossing to the left.",
    ),
)

LENGTH = choice(
    "transfer_learning-bert",
    "A text of 700 tokens",
    answer="d",
    options={
        "a": "BERT-base stops at 512 tokens: it has no position vectors beyond.",
        "b": "BERT-large is deeper and wider, not longer: it stops at 512 tokens as well.",
        "c": "The limit of BERT is 512 positions for both sizes, whatever the number of weights.",
    },
    hints=(
        "Which part of the model grows from base to large, and which does not?",
        "Both were trained with a table of 512 position vectors.",
        "Neither size takes 700 tokens at once: cut, slide a window, or take a model for long texts.",
    ),
)

STRATEGY = Exercise(
    name="transfer_learning-strategy",
    title="Which strategy?",
    kind="choice",
    difficulty=2,
    minutes=6,
    points=3,
    cases=lambda rng: [{}],
    probe=value,
    options={
        "names": (
            "strategy_few",
            "strategy_medium",
            "strategy_many",
            "strategy_other",
            "strategy_edge",
        )
    },
    reference="""
strategy_few = "a"
strategy_medium = "b"
strategy_many = "c"
strategy_other = "d"
strategy_edge = "a"
""",
    wrong=(
        Wrong(
            "few-fine-tuned",
            "80 labelled images cannot pin down millions of weights: freeze the body and train the "
            "head alone.",
            swap={'strategy_few = "a"': 'strategy_few = "c"'},
        ),
        Wrong(
            "few-from-scratch",
            "From scratch with 80 images there is hardly anything to learn features from; use the "
            "body as it is.",
            swap={'strategy_few = "a"': 'strategy_few = "d"'},
        ),
        Wrong(
            "medium-from-scratch",
            "With 4,000 images from a similar domain, throwing the trained features away costs a "
            "great deal: free the last layers.",
            swap={'strategy_medium = "b"': 'strategy_medium = "d"'},
        ),
        Wrong(
            "many-frozen",
            "60,000 labels can improve the body too; frozen, it would cap the accuracy.",
            swap={'strategy_many = "c"': 'strategy_many = "a"'},
        ),
        Wrong(
            "other-frozen",
            "Features of photographs say little about spectra, and a million labels can teach new "
            "ones: train from scratch, and compare.",
            swap={'strategy_other = "d"': 'strategy_other = "a"'},
        ),
        Wrong(
            "edge-full",
            "On the small device there is no memory for gradients of the whole body: extract the "
            "features once and train a head.",
            swap={'strategy_edge = "a"': 'strategy_edge = "c"'},
        ),
    ),
    right=(
        Right(
            "capitals",
            code="\n".join(
                f'strategy_{n} = "{v}"'
                for n, v in zip(("few", "medium", "many", "other", "edge"), "ABCDA", strict=True)
            )
            + "\n",
        ),
        Right(
            "brackets",
            code="\n".join(
                f'strategy_{n} = "({v})"'
                for n, v in zip(("few", "medium", "many", "other", "edge"), "abcda", strict=True)
            )
            + "\n",
        ),
    ),
    hints=(
        "Ask twice: how many labels, and how similar to the source?",
        "Few labels or little computing power: frozen. Many labels: free more. Another world and very "
        "many labels: start anew.",
        "80 images: (a). 4,000 similar ones: (b). 60,000: (c). A million spectra: (d).",
    ),
)

MENU = Exercise(
    name="transfer_learning-menu",
    title="Which model from the menu?",
    kind="choice",
    difficulty=1,
    minutes=5,
    points=2,
    cases=lambda rng: [{}],
    probe=value,
    options={"names": ("menu_phone", "menu_video", "menu_review", "menu_summary")},
    reference="""
menu_phone = "a"
menu_video = "b"
menu_review = "c"
menu_summary = "d"
""",
    wrong=(
        Wrong(
            "phone-transformer",
            "T5 reads and writes text; for images on a phone there is MobileNet.",
            swap={'menu_phone = "a"': 'menu_phone = "d"'},
        ),
        Wrong(
            "phone-detector",
            "YOLO says where objects are; to name the whole image a small classifier is enough.",
            swap={'menu_phone = "a"': 'menu_phone = "b"'},
        ),
        Wrong(
            "video-classifier",
            "MobileNet names the image; to draw boxes around several objects you need a detector.",
            swap={'menu_video = "b"': 'menu_video = "a"'},
        ),
        Wrong(
            "review-generator",
            "T5 could do it, but one label for one text needs an encoder only: BERT reads in both "
            "directions.",
            swap={'menu_review = "c"': 'menu_review = "d"'},
        ),
        Wrong(
            "summary-encoder",
            "BERT encodes a text and has no decoder to write one; T5 turns text into text.",
            swap={'menu_summary = "d"': 'menu_summary = "c"'},
        ),
    ),
    right=(
        Right(
            "capitals",
            code='menu_phone = "A"\nmenu_video = "B"\nmenu_review = "C"\nmenu_summary = "D"\n',
        ),
        Right(
            "brackets",
            code='menu_phone = "(a)"\nmenu_video = "(b)"\nmenu_review = "(c)"\nmenu_summary = "(d)"\n',
        ),
    ),
    hints=(
        "Say for each task what goes in and what comes out.",
        "Image to label, image to boxes, text to label, text to text.",
        "Phone: MobileNet. Video: YOLO. Review: BERT. Summary: T5.",
    ),
)

COUNT = prediction(
    "transfer_learning-lora-count",
    "How many weights does a rank cost?",
    truth=3072.0,
    within=0.5,
    mistakes={
        "product": (
            131072.0,
            "131,072 is the number of weights of W itself; the adapter has two thin matrices.",
        ),
        "one-factor": (
            2048.0,
            "That is A alone, 512 times 4; B has 4 times 256 more.",
        ),
        "other-factor": (1024.0, "That is B alone, 4 times 256; A has 512 times 4 more."),
        "sum-of-sides": (768.0, "512 + 256 is the price of rank 1; the rank is 4."),
        "multiplied": (
            2097152.0,
            "The sizes of the two matrices are added, not multiplied.",
        ),
    },
    hints=(
        "What are the shapes of A and B?",
        "A is (512, 4) and B is (4, 256).",
        "4 * (512 + 256).",
    ),
)

HELPER = prediction(
    "transfer_learning-rate-helper",
    "A rate of nearly nothing",
    truth=2.5e-6,
    within=1e-8,
    mistakes={
        "head": (5e-5, "That is the rate of the head; the body has two more factors."),
        "no-tenth": (2.5e-5, "You left out the last factor, 0.1."),
        "no-freeze": (5e-6, "You left out the factor 1 - frozen_share, which is 0.5."),
        "ten-times": (2.5e-7, "One factor of 0.1 too many: 0.001 x 0.05 x 0.5 x 0.1."),
    },
    hints=(
        "Multiply the four factors one after the other.",
        "size / 10,000 is 0.05, and 1 - 0.5 is 0.5.",
        "0.001 x 0.05 x 0.5 x 0.1.",
    ),
)

CHOICES = (DOMAIN, STRATEGY, PITFALL, MENU, LENGTH)
PREDICTIONS = (COUNT, HELPER)
