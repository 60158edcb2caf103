"""What can be wrong with an export."""


class ExportError(ValueError):
    """An export that cannot be written as asked. The message says what would be right."""
