"""Whether a draft could be an e-invoice, and what keeps it from being one."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing.documents.models import BillingDocument
from billing.documents.snapshot import Document
from billing.einvoice import preflight
from billing.einvoice.findings import Finding, Layer, Report
from billing.einvoice.profiles import PROFILES
from billing.einvoice.refusals import EInvoiceInvalid
from billing.platforms.models import Member

from .mending import Mend, mends_of

OFFICIAL = ("saxon", "libxml2")
"""What runs the official files."""


@dataclass(frozen=True)
class EInvoiceOutlook:
    """`rule_sets` are those it was held to; empty where only our own checks have looked."""

    profile: str
    is_paper_only: bool
    fatal: list[Mend]
    warnings: list[Mend]
    rule_sets: list[str]

    @property
    def is_ready(self) -> bool:
        """Whether nothing that was found forbids it."""
        return not self.fatal

    @property
    def verdict(self) -> str:
        """What was found, in a few words: 2 things to mend, 1 warning."""
        found = [counted(len(self.fatal), "thing to mend", "things to mend")] if self.fatal else []
        found += [counted(len(self.warnings), "warning", "warnings")] if self.warnings else []
        return ", ".join(found) or "nothing to mend"


def quick_outlook(document: Document, *, paper: BillingDocument, member: Member) -> EInvoiceOutlook:
    """Return what our own checks say of a draft: quick enough for every look at its page."""
    findings = preflight.check(document)
    return outlook_on(findings, document=document, paper=paper, member=member)


def full_outlook(
    document: Document, report: Report, *, paper: BillingDocument, member: Member
) -> EInvoiceOutlook:
    """Return what all rules say of a draft."""
    return outlook_on(report.findings, document=document, paper=paper, member=member, layers=report.layers)


def refused_outlook(
    document: Document, refusal: EInvoiceInvalid, *, paper: BillingDocument, member: Member
) -> EInvoiceOutlook:
    """Return what all rules said of a draft that they refused."""
    findings = [Finding(**rule) for rule in refusal.facts["rules"]]
    return outlook_on(findings, document=document, paper=paper, member=member)


def outlook_on(
    findings: Iterable[Finding],
    *,
    document: Document,
    paper: BillingDocument,
    member: Member,
    layers: Iterable[Layer] = (),
) -> EInvoiceOutlook:
    mends = mends_of(findings, paper=paper, document=document, member=member)
    profile = PROFILES.get(document.profile)
    return EInvoiceOutlook(
        profile=profile.title if profile else document.profile,
        is_paper_only=profile is not None and profile.syntax is None,
        fatal=[mend for mend in mends if mend.is_fatal],
        warnings=[mend for mend in mends if not mend.is_fatal],
        rule_sets=[rule_set(layer.ruleset, layer.version, layer.engine) for layer in layers],
    )


def rule_set(ruleset: str, version: str, engine: str = "") -> str:
    """Name a set of rules, and who else than the official file knows them.

    >>> rule_set("EN 16931", "1.3.16", "saxon"), rule_set("XRechnung", "3.0.2", "mock-einvoice")
    ('EN 16931 1.3.16', 'XRechnung 3.0.2 (by mock-einvoice)')
    """
    by = f" (by {engine})" if engine and engine not in OFFICIAL else ""
    return f"{ruleset} {version}".strip() + by


def counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
