"""The audit that runs by itself at night, tells the log, and leaves word of how it went."""

from datetime import datetime
from typing import Any

import structlog
from django.core.cache import cache

from .audit import audit

logger = structlog.get_logger(__name__)

LAST = "audit.last"
TOLD = 20
"""Findings that the log names one by one; `manage.py audit` names them all."""


def audit_books(*, at: datetime) -> None:
    """Audit the books of all platforms. What is wrong is logged as an error, for whoever is on call."""
    report = audit()
    laws = report.by_law()
    facts = {"looked_at": report.looked_at, "seconds": round(report.seconds, 1)}
    if report.holds:
        logger.info("The books are right.", **facts)
    else:
        findings = [str(finding) for finding in report.findings[:TOLD]]
        logger.error(
            "The books are wrong.", found=len(report.findings), laws=laws, findings=findings, **facts
        )
    cache.set(LAST, {"at": at.isoformat(), "found": len(report.findings), "laws": laws}, timeout=None)


def last_audit() -> dict[str, Any] | None:
    """Return when the last nightly audit was, and how much each law found; None if there has been none."""
    known: dict[str, Any] | None = cache.get(LAST)
    return known
