"""What EN 16931 asks of lines, and of the allowances and charges on them and on the whole."""

from collections.abc import Iterator

from billing.documents.snapshot import AllowanceCharge, Document, Line, Period
from billing.einvoice.codes import ListName, is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.schemes import scheme

REASONLESS = {
    (False, False): "BR-33",
    (True, False): "BR-38",
    (False, True): "BR-42",
    (True, True): "BR-44",
}
"""The rules on a missing reason, by whether it is a charge and whether it is on a line."""


def lines(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with lines, allowances and charges, but for their VAT and their sums."""
    ids: set[str] = set()
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        yield from _quantity_and_price(line, place, field)
        if line.id in ids:
            message = f"Another line has the id {line.id} too"
            yield Finding("BD-LINE-ID", "warning", message, place, f"{field}.id")
        ids.add(line.id)
        yield from backwards("BR-30", line.period, place, f"{field}.period")
        yield from _item(line, place, field)
        for number, each in enumerate(line.allowances_charges):
            yield from _allowance_charge(each, f"{field}.allowances_charges.{number}", place, on_line=True)
    for index, each in enumerate(document.allowances_charges):
        yield from _allowance_charge(each, f"allowances_charges.{index}", "", on_line=False)


def place_of(each: AllowanceCharge, field: str) -> str:
    """Say which allowance or charge of the document it is."""
    word = "charge" if each.is_charge else "allowance"
    return f"{word} {each.reason or int(field.rpartition('.')[2]) + 1}"


def says_something(period: Period | None) -> bool:
    """Tell whether a period has a first or a last day; one without is not written."""
    return bool(period and (period.start or period.end))


def backwards(rule: str, period: Period | None, place: str, field: str) -> Iterator[Finding]:
    """Yield that a period ends before it starts."""
    if period and period.start and period.end and period.end < period.start:
        yield gap(rule, f"The period ends on {period.end}, before it starts", place, f"{field}.end")


def _quantity_and_price(line: Line, place: str, field: str) -> Iterator[Finding]:
    if not line.id.strip():
        yield gap("BR-21", "The line has no number of its own", place, f"{field}.id")
    if line.unit_price < 0:
        message = "The price is negative; make the quantity negative instead"
        yield gap("BR-27", message, place, f"{field}.unit_price")
    if line.gross_price is not None and line.gross_price < 0:
        message = "The price before its discount is negative; make the quantity negative instead"
        yield gap("BR-28", message, place, f"{field}.gross_price")
    for name, unit in (("unit", line.unit), ("base_quantity_unit", line.base_quantity_unit)):
        if not is_known("units", unit) and (unit or name == "unit"):
            message = (
                f"The unit {unit or '(none)'} is not in UNECE Recommendation 20: pieces are C62, hours HUR"
            )
            yield gap("BR-CL-23", message, place, f"{field}.{name}")


def _item(line: Line, place: str, field: str) -> Iterator[Finding]:
    yield from scheme("BR-64", "BR-CL-21", line.standard_item_id, place, f"{field}.standard_item_id")
    yield from scheme("", "BR-CL-07", line.object_id, place, f"{field}.object_id", known="object_schemes")
    if line.origin_country and not is_known("countries", line.origin_country):
        message = f"{line.origin_country} is not an ISO 3166 country to come from"
        yield gap("BR-CL-15", message, place, f"{field}.origin_country")
    for number, code in enumerate(line.classifications):
        if not is_known("classification_lists", code.list_id):
            rule = "BR-CL-13" if code.list_id else "BR-65"
            message = f"{code.list_id or 'Nothing'} is not a list that a classification can be from"
            yield gap(rule, message, place, f"{field}.classifications.{number}.list_id")
    for number, attribute in enumerate(line.attributes):
        if not (attribute.name.strip() and attribute.value.strip()):
            message = "A property of the item needs a name and a value"
            yield gap("BR-54", message, place, f"{field}.attributes.{number}")


def _allowance_charge(each: AllowanceCharge, field: str, place: str, *, on_line: bool) -> Iterator[Finding]:
    word, place = "charge" if each.is_charge else "allowance", place or place_of(each, field)
    if not (each.reason.strip() or each.reason_code.strip()):
        rule = REASONLESS[each.is_charge, on_line]
        yield gap(rule, f"The {word} needs a reason, in words or by code", place, f"{field}.reason")
    codes: ListName = "charge_reasons" if each.is_charge else "allowance_reasons"
    if each.reason_code and not is_known(codes, each.reason_code):
        rule = "BR-CL-20" if each.is_charge else "BR-CL-19"
        yield gap(
            rule, f"{each.reason_code} is no code for the reason of the {word}", place, f"{field}.reason_code"
        )
