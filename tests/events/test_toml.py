"""What is written as TOML is read the same."""

import tomllib
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import toml


def read(document: dict[str, Any]) -> dict[str, Any]:
    return tomllib.loads(toml.dumps(document), parse_float=Decimal)


@given(st.text())
def test_any_text(text: str) -> None:
    assert read({"a": text}) == {"a": text}


@pytest.mark.parametrize("text", ["\x7f", '"""', "\\", "\n", "a\n\nb\n", "\r\n", "Grüße 🎪", "\u2028", ""])
def test_odd_texts(text: str) -> None:
    assert read({"a": text}) == {"a": text}


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        0,
        -1,
        10**12,
        Decimal("12.50"),
        Decimal("0.0000001"),
        time(8, 30),
        time(8, 30, 0, 5),
        date(2021, 1, 2),
        datetime(2021, 1, 2, 3),
        datetime(2021, 1, 2, 3, tzinfo=UTC),
    ],
)
def test_values_of_every_kind(value: object) -> None:
    found = read({"a": value})["a"]
    assert (found, type(found)) == (value, type(value))


def test_tables() -> None:
    document = {
        "a": {"b": 1},
        "first": "stands above the tables",
        "c": [{"d": 1, "e": [{"f": 2}, {"f": 3}]}, {"d": 4}],
        "g": ({"h": "i", "j": False}, {"h": "k"}),
    }
    assert read(document) == document | {"g": list(document["g"])}
    assert '\ng = [\n    { h = "i", j = false },\n    { h = "k" },\n]\n' in toml.dumps(document)


def test_what_toml_does_not_have() -> None:
    with pytest.raises(TypeError, match="TOML has no NoneType"):
        toml.dumps({"a": None})
