"""Values as TOML 1.0, written to be read: nested dicts in, text out. Python reads TOML, but does not write it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any


def dumps(document: Mapping[str, Any]) -> str:
    """The document; a dict is a table, a list an array of tables, a tuple an array of tables of one line each."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """What a table holds itself, and then what stands under headings of their own."""
    for key, value in table.items():
        if not isinstance(value, dict | list):
            yield f"{key} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"\n[{path}{key}]"
            yield from _lines(value, f"{path}{key}.")
        elif isinstance(value, list):
            for one in value:
                yield f"\n[[{path}{key}]]"
                yield from _lines(one, f"{path}{key}.")


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case date() | time():  # and datetime, which is a date
            return value.isoformat()
        case dict():
            return "{ " + ", ".join(f"{key} = {_value(part)}" for key, part in value.items()) + " }"
        case ():
            return "[]"
        case tuple():
            return "[\n" + "".join(f"    {_value(part)},\n" for part in value) + "]"
        case str() if "\n" in value:
            return '"""\n' + "\n".join(_escaped(line) for line in value.split("\n")) + '"""'
        case str():
            return f'"{_escaped(value)}"'
    raise TypeError(f"TOML has no {type(value).__name__}")


def _escaped(line: str) -> str:
    """Text as it stands between quotation marks: as in JSON, which lets DEL pass."""
    return json.dumps(line, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
