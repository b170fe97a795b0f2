"""The audit: derive every balance anew from the rows, and name what is wrong. It writes nothing."""

from .audit import Report, audit
from .findings import Finding

__all__ = ["Finding", "Report", "audit"]
