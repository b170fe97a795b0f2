"""What can be done with a document: the entries of its menu."""

from dataclasses import dataclass

Icon = str


@dataclass(frozen=True)
class MenuEntry:
    """A deed. `note` says in one line what it comes to; without an `address`, why it cannot be done."""

    label: str
    note: str
    icon: Icon
    address: str = ""
    is_post: bool = False  # done at once, without a page that asks


Menu = list[list[MenuEntry]]
"""Groups of entries; the page draws a rule between them."""


def menu_of(*groups: list[MenuEntry]) -> Menu:
    """Return the groups that have entries."""
    return [group for group in groups if group]
