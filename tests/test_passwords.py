import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from fachtag.passwords import surprises
from tests.running import PASSWORD


@pytest.mark.parametrize(
    ("password", "pieces"),
    [
        ("aaaaaaaaaaaa", 2),
        ("abababababab", 3),
        ("111122223333", 6),
        ("passwortpasswort", 2),
        ("123456789012", 1),
        ("210987654321", 1),
        ("qwertzuiopasdf", 2),
        ("Willkommen2024", 2),
        ("Fachtag2026!!", 4),
        ("Landratsamt123", 2),
        ("sommersommer12", 4),
        ("Passw0rt!Passw0rt!", 3),
        ("a" * 10_000, 2),
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str, pieces: int) -> None:
    assert surprises(password) == pieces
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "guessable" in [error.code for error in refused.value.error_list]


@pytest.mark.parametrize("password", ["Kaffee-Lampe-Wiese", "x7#kQ9vLp2mZ", "drei rote Fahrräder", PASSWORD])
def test_what_is_not_is_taken(password: str) -> None:
    validate_password(password)
