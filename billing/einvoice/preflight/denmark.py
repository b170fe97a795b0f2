"""Peppol's rules for Danish sellers (DK-R-*)."""

import re
from collections.abc import Iterator

from billing.documents.snapshot import AllowanceCharge, Document, Identifier, PaymentMeans
from billing.einvoice.findings import Finding, gap

Gaps = Iterator[Finding]

CVR = "0184"
MEANS = ("1", "10", "31", "42", "48", "49", "50", "58", "59", "93", "97")
UNSPSC, UNSPSC_VERSIONS = "TST", ("19.05.01", "19.0501", "26.08.01", "26.0801")
OTHER_TAX = "ZZZ"


def danish(document: Document) -> Gaps:
    """Yield what a document of a Danish seller lacks."""
    yield from _cvr("DK-R-002", "DK-R-014", document.seller.legal_id, "seller")
    if document.buyer.address.country != "DK":
        return
    if document.buyer.legal_id:
        yield from _cvr("DK-R-017", "DK-R-017", document.buyer.legal_id, "buyer")
    yield from _schemes(document.seller.ids, "seller")
    yield from _schemes(document.buyer.ids, "buyer")
    yield from _classifications(document)
    yield from _other_taxes(document)
    if document.kind == "invoice":
        for index, means in enumerate(document.payment_means):
            yield from _payment(means, f"payment_means.{index}")
    elif document.totals.payable_amount < 0:
        message = "A Danish credit note must not have a negative amount due"
        yield gap("DK-R-016", message, "totals", "totals.payable_amount")


def _cvr(missing: str, wrong: str, legal_id: Identifier | None, role: str) -> Gaps:
    if legal_id is None:
        yield gap(
            missing, f"The {role} needs its CVR number as registration number", role, f"{role}.legal_id"
        )
    elif legal_id.scheme != CVR:
        message = f"The registration number of the {role} must be a CVR number, under scheme {CVR}"
        yield gap(wrong, message, role, f"{role}.legal_id.scheme")


def _schemes(ids: tuple[Identifier, ...], role: str) -> Gaps:
    for index, identifier in enumerate(ids):
        if not identifier.scheme:
            message = f"Within Denmark an identifier of the {role} needs its scheme"
            yield gap("DK-R-013", message, role, f"{role}.ids.{index}.scheme")


def _classifications(document: Document) -> Gaps:
    for index, line in enumerate(document.lines):
        lists = {each.list_id for each in line.classifications}
        versions = {each.list_version for each in line.classifications}
        if UNSPSC in lists and not versions & set(UNSPSC_VERSIONS):
            message = "Within Denmark a UNSPSC code is of version 19.05.01 or 26.08.01"
            yield gap("DK-R-003", message, f"line {index + 1}", f"lines.{index}.classifications")


def _other_taxes(document: Document) -> Gaps:
    everywhere: list[AllowanceCharge] = list(document.allowances_charges)
    everywhere += [each for line in document.lines for each in line.allowances_charges]
    for each in everywhere:
        is_split = "#" in each.reason.strip("#") and each.reason == each.reason.strip("#")
        if each.reason_code == OTHER_TAX and not (re.fullmatch(r"\d{4}", each.reason) or is_split):
            message = (
                "Within Denmark the reason of a tax other than VAT is four digits, or a text with # inside"
            )
            yield gap("DK-R-004", message, "", "allowances_charges")


def _payment(means: PaymentMeans, field: str) -> Gaps:
    if means.code not in MEANS:
        message = f"Within Denmark the means of payment is one of {', '.join(MEANS)}"
        yield gap("DK-R-005", message, "payment", f"{field}.code")
    if means.code in ("31", "42") and not (means.account and means.bic):
        yield gap(
            "DK-R-006", "A Danish credit transfer needs account and bank", "payment", f"{field}.account"
        )
    if means.code == "49" and not (means.mandate and means.debited_account):
        yield gap(
            "DK-R-007", "A Danish direct debit needs mandate and account", "payment", f"{field}.mandate"
        )
    if means.code == "50" and not _is_giro(means):
        message = "A Danish giro payment has a reference 01#, 04# or 15# and an account of 7 or 8 digits"
        yield gap("DK-R-008", message, "payment", f"{field}.remittance")
    if means.code == "93" and not _is_fik(means):
        message = "A Danish FIK payment has a reference 71#, 73# or 75# and an account of 8 characters"
        yield gap("DK-R-010", message, "payment", f"{field}.remittance")


def _is_giro(means: PaymentMeans) -> bool:
    reference = re.fullmatch(r"01#.*|(04|15)#.{16}", means.remittance)
    return bool(reference and re.fullmatch(r"\d{7,8}", means.account))


def _is_fik(means: PaymentMeans) -> bool:
    reference = re.fullmatch(r"73#.*|(71|75)#.{15,16}", means.remittance)
    return bool(reference and len(means.account) == 8)
