"""Which of Factur-X's rules apply to a document in CII that is no Factur-X.

Factur-X's rules are those of the norm, under the norm's ids, and some of its own. Of these the norm knows the
code lists only: a document that follows another specification (XRechnung in CII, or the norm alone) is held
to them, and of the rest it is warned.
"""

from collections.abc import Iterable, Iterator

from lxml import etree
from msgspec.structs import replace

from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding
from billing.einvoice.rules.svrl import UNNAMED
from billing.einvoice.xml import qualified

ITS_OWN = "FX-"
"""What the ids of Factur-X's own rules begin with."""

OF_CODE_LISTS = "Value of "
"""What their sentences begin with where they stand for the norm's code lists (BR-CL-*)."""

GUIDELINE = "FX-SCH-A-000556"
"""BT-24 is Factur-X's own: XRechnung in CII says another, as it must."""

EXEMPTION = "FX-SCH-A-000589"
"""BT-121, which the norm takes in small letters too (BR-CL-22)."""

NOT_USED = "FX-NOT-USED"
"""Our name for those of its rules that have none: its EN 16931 profile has no use for something."""


def applicable(findings: Iterable[Finding], root: etree._Element, *, is_factur_x: bool) -> Iterator[Finding]:
    """Yield the findings that count in a document, as what they count."""
    for finding in findings:
        named = replace(finding, id=NOT_USED, flag="fatal") if finding.id == UNNAMED else finding
        if is_factur_x or is_of_the_norm(named, root):
            yield named
        elif named.id != GUIDELINE:
            yield replace(named, flag="warning")


def is_of_the_norm(finding: Finding, root: etree._Element) -> bool:
    """Tell whether a finding is one by the norm's rules, be it under an id of Factur-X's."""
    if finding.id == EXEMPTION:
        codes = (code.text or "" for code in root.iter(qualified("ram:ExemptionReasonCode")))
        return not all(is_known("exemption_codes", code.strip().upper()) for code in codes)
    is_own = finding.id.startswith(ITS_OWN)
    return not is_own or (finding.message.startswith(OF_CODE_LISTS) and finding.id != GUIDELINE)
