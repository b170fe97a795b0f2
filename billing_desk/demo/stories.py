"""What was sold to whom, how long ago, and what was paid for it."""

from typing import NamedTuple


class Item(NamedTuple):
    """One line, in the words of an invoice. Numbers are decimal texts."""

    name: str
    quantity: str
    unit_price: str
    description: str = ""
    tax_rate: str = "21"
    tax_category: str = "S"
    unit: str = "C62"
    is_monthly: bool = False


class Story(NamedTuple):
    """One invoice. `paid` is a percentage of its total; `credited` makes a final credit note of all of it."""

    number: int
    customer: str
    days_ago: int
    items: tuple[Item, ...]
    paid: int = 0
    credited: str = ""
    drafted: str = ""
    discount_percent: str = ""
    purchase_order: str = ""


def seats(number: str, **more: str) -> Item:
    return Item("Platform subscription", number, "48.00", f"{number} seats", is_monthly=True, **more)


REVERSE = {"tax_rate": "0", "tax_category": "AE"}
EXPORT = {"tax_rate": "0", "tax_category": "G"}
SUPPORT = Item("Support, gold plan", "1", "420.00", "Response in 4 hours")
MIGRATION = Item("Data migration", "9.5", "96.30", unit="HUR")
HANDBOOK = Item("Printed handbook", "40", "10.00", tax_rate="9")

MODULES = (
    "Ledger", "Payables", "Receivables", "Fixed assets", "Cash book", "Bank feeds", "Budgets", "Forecasts",
    "Cost centres", "Projects", "Timesheets", "Expenses", "Payroll link", "Stock", "Purchasing", "Orders",
    "Price lists", "Shipping", "Returns", "Contracts", "Renewals", "Usage meters", "Dunning", "Archive",
    "Audit trail", "Consolidation", "Intercompany", "Treasury", "Tax reports", "Statutory reports",
    "Dashboards", "Data export", "Single sign-on", "Sandbox", "Mobile app", "Public API", "Webhooks",
    "Scanning", "E-invoicing", "Translations", "Branding", "Training videos",
)  # fmt: skip

STORIES = (
    Story(
        398,
        "harbour",
        96,
        (seats("12", **EXPORT), Item("Onboarding workshop", "2", "850.00", **EXPORT)),
        paid=100,
    ),
    Story(401, "tulp", 88, (seats("8"), SUPPORT), paid=100),
    Story(
        403, "brasserie", 81, (seats("6", **REVERSE),), paid=100, credited="Subscription cancelled in time"
    ),
    Story(405, "grossmann", 67, (seats("40", **REVERSE), Item("Custom report", "3", "275.00", **REVERSE))),
    Story(
        407,
        "tulp",
        61,
        tuple(
            Item(f"Module {name}", "1", f"{19 + place}.50", is_monthly=True)
            for place, name in enumerate(MODULES)
        ),
        paid=50,
        purchase_order="PO-2026-0519",
    ),
    Story(
        409,
        "lodz",
        52,
        (seats("25", **REVERSE), Item("Data migration", "9.5", "96.30", unit="HUR", **REVERSE)),
    ),
    Story(
        410,
        "brasserie",
        47,
        (Item("Consulting", "6", "120.00", unit="HUR", **REVERSE),),
        credited="Wrong customer",
    ),
    Story(411, "lodz", 44, (seats("5", **REVERSE),), paid=110),
    Story(412, "harbour", 38, (seats("14", **EXPORT),), paid=100),
    Story(413, "tulp", 33, (seats("8"), SUPPORT), discount_percent="10"),
    Story(
        414,
        "grossmann",
        29,
        (Item("On-site training", "2", "1450.00", "Two days in Tübingen", **REVERSE),),
        paid=40,
    ),
    Story(
        415,
        "tulp",
        24,
        (Item("Label printer", "3", "189.00"), Item("Label printer, returned", "-1", "189.00"), HANDBOOK),
    ),
    Story(416, "lodz", 20, (seats("25", **REVERSE),), drafted="Seats were cancelled before the month began"),
    Story(
        417, "tulp", 19, (seats("25"), SUPPORT, MIGRATION, HANDBOOK), paid=30, purchase_order="PO-2026-0601"
    ),
    Story(418, "brasserie", 12, (seats("6", **REVERSE),)),
    Story(419, "grossmann", 6, (seats("42", **REVERSE),)),
    Story(420, "harbour", 2, (seats("14", **EXPORT), Item("Sandbox environment", "1", "95.00", **EXPORT))),
)
