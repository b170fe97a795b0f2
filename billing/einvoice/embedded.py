"""The files embedded in a PDF that somebody else made, taken out by a process that may die of it.

A PDF can be a bomb in many ways: streams that grow a thousandfold, objects that contain themselves, tables
that take minutes to mend. So it is opened by a process of its own, with little memory and little time, which
says what it found and ends: `python -m billing.einvoice.embedded < PDF`. It answers a line of JSON, then the
bytes of the files named `WANTED`, one after the other. Nothing here knows Django, so that it starts quickly.

Answer: `{"files": [{"name": …, "size": bytes or null}, …]}`, in the order they were found; `size` is null for
a file nobody wants. Or `{"refusal": "encrypted" | "broken" | "too_large"}`.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf

from billing.einvoice.untrusted import MAX_BYTES

MEMORY = 1024**3
"""The address space of the process, in bytes; a PDF of 20 MB takes a quarter of it."""

SECONDS = 5
"""Of processor time. An ordinary hybrid PDF takes a tenth of a second, most of it to start Python."""

MOST_FILES = 1000
"""How many files are looked at; nobody attaches so many."""

WANTED = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
"""What Factur-X, ZUGFeRD 2 (which once wrote `ZUGFeRD-invoice.xml`) and XRechnung call the invoice."""

Found = tuple[str, bytes | None]


def main() -> None:
    """Read a PDF from stdin and answer on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    pikepdf.settings.set_qpdf_limits(flate_max_memory=MAX_BYTES, run_length_max_memory=MAX_BYTES)
    content = sys.stdin.buffer.read()
    try:
        found = list(files_in(content))
    except TooLarge:
        answer({"refusal": "too_large"})
    except pikepdf.PasswordError:
        answer({"refusal": "encrypted"})
    except Exception:  # noqa: BLE001 - whatever it is, the PDF cannot be read
        answer({"refusal": "broken"})
    else:
        told = [{"name": name, "size": None if file is None else len(file)} for name, file in found]
        answer({"files": told}, *(file for _, file in found if file is not None))


class TooLarge(Exception):
    """There is more inside than we read."""


def answer(header: dict[str, Any], *contents: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + b"".join(contents))


def files_in(content: bytes) -> Iterator[Found]:
    """Yield each embedded file's name, and its bytes if it is called like an invoice.

    :raises TooLarge: these have more than MAX_BYTES together.
    :raises pikepdf.PasswordError: the PDF is encrypted, be it with an empty password.
    """
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if pdf.is_encrypted:
            raise pikepdf.PasswordError
        taken = 0
        for name, stream in embedded_files(pdf.Root):
            if name.lower() not in WANTED:
                yield name, None
                continue
            content = content_of(stream)
            taken += len(content)
            if taken > MAX_BYTES:
                raise TooLarge
            yield name, content


def embedded_files(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the stream of each file that the catalogue names or calls associated, once."""
    met = set()
    for number, specification in enumerate(specifications(root)):
        if number >= MOST_FILES:
            raise ValueError("Too many files")
        embedded = specification.get("/EF")
        if not isinstance(embedded, pikepdf.Dictionary):
            continue
        stream = embedded.get("/UF") or embedded.get("/F")
        if isinstance(stream, pikepdf.Stream) and stream.objgen not in met:
            met.add(stream.objgen)
            yield plain_name(specification.get("/UF") or specification.get("/F") or ""), stream


def specifications(root: Any) -> Iterator[Any]:
    names = root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None
    for each in (*leaves(tree), *items(root.get("/AF"))):
        if isinstance(each, pikepdf.Dictionary):
            yield each


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the values of a name tree, each node's once: a tree may bite its own tail."""
    waiting, met = [tree], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Dictionary) and node.objgen not in met:
            if node.is_indirect:
                met.add(node.objgen)
            yield from items(node.get("/Names"))[1::2]
            waiting += reversed(items(node.get("/Kids")))


def items(array: Any) -> list[Any]:
    return list(array) if isinstance(array, pikepdf.Array) else []


def content_of(stream: Any) -> bytes:
    """Return the bytes of a file; qpdf stops inflating at its limit.

    :raises TooLarge: it has more than MAX_BYTES, be it packed several times over.
    """
    try:
        content: bytes = stream.read_bytes()
    except pikepdf.DataDecodingError as fault:
        if "limit exceeded" in str(fault):
            raise TooLarge from fault
        raise
    if len(content) > MAX_BYTES:
        raise TooLarge
    return content


def plain_name(name: Any) -> str:
    """Return a file name without its folder and without what no terminal should see."""
    return re.sub(r"[^\w.() -]+", "_", re.split(r"[/\\]", str(name))[-1])[:100]


if __name__ == "__main__":
    main()
