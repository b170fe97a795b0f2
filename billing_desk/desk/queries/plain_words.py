"""What rules say, with the desk's own words for VAT categories and profiles in it."""

import re

from billing.einvoice.profiles import PROFILES

CATEGORIES = [
    ("S", "VAT at"),
    ("Z", "Zero rate"),
    ("E", "Exempt"),
    ("AE", "Reverse charge"),
    ("K", "Within the EU"),
    ("G", "Export"),
    ("O", "Outside of VAT"),
    ("L", "Canary Islands at"),
    ("M", "Ceuta, Melilla at"),
    ("B", "Split payment (Italy) at"),
]
"""VAT categories as one chooses them; a rate follows those that end in "at"."""

NAMES = {code: words.removesuffix(" at") for code, words in CATEGORIES}
CATEGORY = re.compile(rf"\b((?:VAT )?(?:[Cc]ategory|group)) ({'|'.join(NAMES)})\b(?! \()")
PROFILE = re.compile(rf"\bprofile (['\"“]?)({'|'.join(map(re.escape, PROFILES))})(?![\w-])['\"”]?")


def in_plain_words(text: str) -> str:
    """Return a sentence with the names that the desk has for its codes.

    >>> in_plain_words("Category E must not have a reason: give the customer the profile none.")
    'Category Exempt (E) must not have a reason: give the customer the profile “No e-invoice, paper only”.'
    """
    text = CATEGORY.sub(lambda found: f"{found[1]} {NAMES[found[2]]} ({found[2]})", text)
    return PROFILE.sub(lambda found: f"profile “{PROFILES[found[2]].title}”", text)
