"""Where in an e-invoice something is, in a clerk's words: "line 3", "seller", "VAT group S 19 %"."""

import re

from lxml import etree

STEP = re.compile(r"/(?:\*|\w+):(\w+)(?:\[namespace-uri\(\)='[^']*'\])?\[(\d+)\]")
"""One step of the XPaths that the rules answer: `/*:InvoiceLine[namespace-uri()='…'][3]`."""

WORDS = {
    "AccountingSupplierParty": "seller",
    "AccountingCustomerParty": "buyer",
    "PayeeParty": "payee",
    "TaxRepresentativeParty": "tax representative",
    "Delivery": "delivery",
    "PaymentMeans": "payment",
    "PaymentTerms": "payment terms",
    "LegalMonetaryTotal": "totals",
    "InvoicePeriod": "period",
    "OrderReference": "order reference",
    "Note": "note",
    "ID": "number",
    "IssueDate": "date",
    "DueDate": "due date",
    "InvoiceTypeCode": "type",
    "CreditNoteTypeCode": "type",
    "DocumentCurrencyCode": "currency",
    "TaxCurrencyCode": "accounting currency",
    "TaxPointDate": "VAT date",
}
NUMBERED = {
    "InvoiceLine": "line",
    "CreditNoteLine": "line",
    "BillingReference": "reference to invoice",
    "AdditionalDocumentReference": "attachment",
}


def in_words(location: str, root: etree._Element) -> str:
    """Return the place that a rule's XPath points to; "" for the document as a whole."""
    steps: list[tuple[str, str]] = STEP.findall(location)
    if len(steps) < 2:
        return ""
    (name, index), inner = steps[1], steps[2:]
    if name in NUMBERED:
        return f"{NUMBERED[name]} {index}"
    if name == "AllowanceCharge":
        return _allowance_charge(_child(root, name, int(index)), index)
    if name == "TaxTotal":
        return _tax_group(root, int(index), inner)
    return WORDS.get(name, name)


def _allowance_charge(element: etree._Element | None, index: str) -> str:
    is_charge = element is not None and element.findtext("{*}ChargeIndicator") == "true"
    reason = None if element is None else element.findtext("{*}AllowanceChargeReason")
    return f"{'charge' if is_charge else 'allowance'} {reason or index}"


def _tax_group(root: etree._Element, index: int, inner: list[tuple[str, str]]) -> str:
    total = _child(root, "TaxTotal", index)
    if total is None or not inner or inner[0][0] != "TaxSubtotal":
        return "VAT total"
    found = _child(total, "TaxSubtotal", int(inner[0][1]))
    category = None if found is None else found.find("{*}TaxCategory")
    if category is None:
        return "VAT group"
    rate = category.findtext("{*}Percent")
    return f"VAT group {category.findtext('{*}ID') or '?'}" + (f" {rate} %" if rate else "")


def _child(parent: etree._Element, name: str, index: int) -> etree._Element | None:
    found = parent.findall(f"{{*}}{name}")
    return found[index - 1] if index <= len(found) else None
