"""Texts that come from outside, as PostgreSQL can keep them."""


def storable(text: str) -> str:
    """Return a text without NUL and without halves of characters."""
    return text.encode(errors="replace").decode().replace("\0", "")
