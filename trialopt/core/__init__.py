"""The question, the answer and the run: types that every other room knows."""
