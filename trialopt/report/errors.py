"""What can be wrong with a document."""


class ReportError(ValueError):
    """A document that cannot be written as asked. The message says what would be right."""
