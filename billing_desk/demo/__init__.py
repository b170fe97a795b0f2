"""A small company's books, to look at and to try things on."""

from .seed import seed

__all__ = ["seed"]
