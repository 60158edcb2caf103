"""The Word section for a protocol."""
