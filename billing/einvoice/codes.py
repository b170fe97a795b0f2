"""The code lists of EN 16931 and Peppol: which codes a document may use.

The codes lie beside this file in `codes.json`, which names their source and version, and are read when the
first one is asked for.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

ListName = Literal[
    "currencies",
    "peppol_currencies",
    "countries",
    "endpoint_schemes",
    "peppol_endpoint_schemes",
    "identifier_schemes",
    "object_schemes",
    "classification_lists",
    "payment_means",
    "allowance_reasons",
    "charge_reasons",
    "tax_categories",
    "exemption_codes",
    "tax_point_codes",
    "units",
    "mime_types",
    "invoice_types",
    "credit_note_types",
    "peppol_invoice_types",
    "peppol_credit_note_types",
]


@cache
def code_list(name: ListName) -> frozenset[str]:
    """Return the codes of a list, such as the 251 of `countries`."""
    return frozenset(_data()["lists"][name]["codes"].split())


def is_known(name: ListName, code: str) -> bool:
    """Tell whether a list has the code, spelled exactly so.

    >>> is_known("units", "HUR"), is_known("units", "h")
    (True, False)
    """
    return code in code_list(name)


def source() -> str:
    """Say where the lists come from, and in which version."""
    return str(_data()["source"])


@cache
def _data() -> Any:
    return json.loads(files(__package__).joinpath("codes.json").read_text("utf-8"))
