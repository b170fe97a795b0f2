"""Where in an e-invoice something is: in a clerk's words ("line 3", "VAT group S 19 %"), and as a path into
the Document value (`lines.2`), so that a page can lead there.
"""

import re
from typing import NamedTuple

from lxml import etree

STEP = re.compile(r"/(?:Q\{[^}]*\}|\*:|\w+:)?(\w+)(?:\[namespace-uri\(\)='[^']*'\])?(?:\[(\d+)\])?")
"""One step of the XPaths that the rules answer: `/*:InvoiceLine[namespace-uri()='…'][3]`,
`/Q{…}InvoiceLine[3]`, or `/cac:InvoiceLine[3]`; without a number it is the first.
"""

CONTAINERS = {
    "ExchangedDocument",
    "SupplyChainTradeTransaction",
    "ApplicableHeaderTradeAgreement",
    "ApplicableHeaderTradeDelivery",
    "ApplicableHeaderTradeSettlement",
}
"""What CII groups by, and no clerk knows."""


class Place(NamedTuple):
    """A place in words, and its field; both "" for the document as a whole."""

    words: str = ""
    field: str = ""


PLACES = {
    "AccountingSupplierParty": Place("seller", "seller"),
    "SellerTradeParty": Place("seller", "seller"),
    "AccountingCustomerParty": Place("buyer", "buyer"),
    "BuyerTradeParty": Place("buyer", "buyer"),
    "PayeeParty": Place("payee", "payee"),
    "PayeeTradeParty": Place("payee", "payee"),
    "TaxRepresentativeParty": Place("tax representative", "tax_representative"),
    "SellerTaxRepresentativeTradeParty": Place("tax representative", "tax_representative"),
    "Delivery": Place("delivery", "delivery"),
    "ShipToTradeParty": Place("delivery", "delivery"),
    "ActualDeliverySupplyChainEvent": Place("delivery", "delivery.date"),
    "PaymentMeans": Place("payment", "payment_means"),
    "SpecifiedTradeSettlementPaymentMeans": Place("payment", "payment_means"),
    "PaymentReference": Place("payment", "payment_means"),
    "PaymentTerms": Place("payment terms", "payment_terms"),
    "SpecifiedTradePaymentTerms": Place("payment terms", "payment_terms"),
    "LegalMonetaryTotal": Place("totals", "totals"),
    "SpecifiedTradeSettlementHeaderMonetarySummation": Place("totals", "totals"),
    "InvoicePeriod": Place("period", "period"),
    "BillingSpecifiedPeriod": Place("period", "period"),
    "OrderReference": Place("order reference", "purchase_order_reference"),
    "BuyerOrderReferencedDocument": Place("order reference", "purchase_order_reference"),
    "BuyerReference": Place("buyer reference", "buyer_reference"),
    "Note": Place("note", "notes"),
    "IncludedNote": Place("note", "notes"),
    "ID": Place("number", "number"),
    "IssueDate": Place("date", "date"),
    "IssueDateTime": Place("date", "date"),
    "DueDate": Place("due date", "due_date"),
    "InvoiceTypeCode": Place("type", "type_code"),
    "CreditNoteTypeCode": Place("type", "type_code"),
    "TypeCode": Place("type", "type_code"),
    "DocumentCurrencyCode": Place("currency", "currency"),
    "InvoiceCurrencyCode": Place("currency", "currency"),
    "TaxCurrencyCode": Place("accounting currency", "accounting_currency"),
    "TaxPointDate": Place("VAT date", "tax_point_date"),
    "CustomizationID": Place("e-invoice specification", "profile"),
    "ProfileID": Place("e-invoice specification", "profile"),
    "ExchangedDocumentContext": Place("e-invoice specification", "profile"),
}
NUMBERED = {
    "InvoiceLine": Place("line", "lines"),
    "CreditNoteLine": Place("line", "lines"),
    "IncludedSupplyChainTradeLineItem": Place("line", "lines"),
    "BillingReference": Place("reference to invoice", "references"),
    "InvoiceReferencedDocument": Place("reference to invoice", "references"),
    "AdditionalDocumentReference": Place("attachment", "attachments"),
    "AdditionalReferencedDocument": Place("attachment", "attachments"),
}
ONE_BY_ONE = {"lines", "references"}
"""What stands in the file exactly as often, and in the same order, as in the Document."""


def find(location: str, root: etree._Element) -> Place:
    """Return the place that a rule's XPath points to."""
    steps = [(name, int(index or 1)) for name, index in STEP.findall(location)][1:]
    parent: etree._Element | None = root
    while steps and steps[0][0] in CONTAINERS:
        parent = _child(parent, *steps.pop(0)) if parent is not None else None
    if not steps:
        return Place()
    (name, index), inner = steps[0], steps[1:]
    if name in NUMBERED:
        words, field = NUMBERED[name]
        return Place(f"{words} {index}", f"{field}.{index - 1}" if field in ONE_BY_ONE else field)
    if name in ("AllowanceCharge", "SpecifiedTradeAllowanceCharge"):
        return Place(_allowance_charge(_child(parent, name, index), index), f"allowances_charges.{index - 1}")
    if name in ("TaxTotal", "ApplicableTradeTax"):
        return Place(_tax_group(parent, name, index, inner), "taxes")
    return PLACES.get(name, Place(name))


def _allowance_charge(element: etree._Element | None, index: int) -> str:
    indicator = None if element is None else element.find("{*}ChargeIndicator")
    said = "" if indicator is None else "".join(map(str, indicator.itertext())).strip()
    reason = (
        None
        if element is None
        else element.findtext("{*}AllowanceChargeReason") or element.findtext("{*}Reason")
    )
    return f"{'charge' if said == 'true' else 'allowance'} {reason or index}"


def _tax_group(parent: etree._Element | None, name: str, index: int, inner: list[tuple[str, int]]) -> str:
    if name == "ApplicableTradeTax":  # CII: the group itself
        category = _child(parent, name, index)
        code, rate = "{*}CategoryCode", "{*}RateApplicablePercent"
    elif inner and inner[0][0] == "TaxSubtotal":
        subtotal = _child(_child(parent, name, index), *inner[0])
        category = None if subtotal is None else subtotal.find("{*}TaxCategory")
        code, rate = "{*}ID", "{*}Percent"
    else:
        return "VAT total"
    if category is None:
        return "VAT group"
    percent = category.findtext(rate)
    return f"VAT group {category.findtext(code) or '?'}" + (f" {percent} %" if percent else "")


def _child(parent: etree._Element | None, name: str, index: int) -> etree._Element | None:
    found = [] if parent is None else parent.findall(f"{{*}}{name}")
    return found[index - 1] if index <= len(found) else None
