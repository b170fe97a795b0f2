"""Which of Factur-X's rules apply to a document in CII that is no Factur-X.

Factur-X's rules are those of the norm, and some about Factur-X itself. A document that follows another
specification (XRechnung in CII, or the norm alone) is judged by the former.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from billing.einvoice.findings import Finding
from billing.einvoice.rules.svrl import UNNAMED

GUIDELINE = "FX-SCH-A-000556"
"""BT-24 is Factur-X's own: XRechnung in CII says another, as it must."""

NOT_USED = "FX-NOT-USED"
"""Our name for those of its rules that have none: its EN 16931 profile has no use for something."""


def applicable(findings: Iterable[Finding], *, is_factur_x: bool) -> tuple[Finding, ...]:
    """Return the findings that count. What Factur-X has no use for is a warning in any other document."""
    flag = "fatal" if is_factur_x else "warning"
    return tuple(
        replace(finding, id=NOT_USED, flag=flag) if finding.id == UNNAMED else finding
        for finding in findings
        if is_factur_x or finding.id != GUIDELINE
    )
