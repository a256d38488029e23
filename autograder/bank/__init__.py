"""The misconception bank: one file per topic, each with a list ``EXERCISES``."""
