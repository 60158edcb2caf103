"""The one kind of error that is of the user's making."""

from __future__ import annotations


class WrongInput(ValueError):
    """Something asked for or handed in cannot be used; the text says what, and what would be right.

    The command line prints the text alone and ends with exit code 2. Any other error is a fault of the program.
    """
