"""The question, the answer and the run: what every other room knows."""

CLOSED_PIPE = 141
"""Exit code where the reader of the output has gone, as after `| head`: what a shell makes of SIGPIPE."""


class WrongInput(ValueError):
    """Something asked for or handed in cannot be used; the text says what, and what would be right.

    The command line prints the text alone and ends with exit code 2. Any other error is a fault of the program.
    """
