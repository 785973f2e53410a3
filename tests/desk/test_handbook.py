"""The handbook: every chapter, for everybody at the desk and nobody else."""

import re
from pathlib import Path

import pytest
from django.test import Client

from registration.desk.handbook import CHAPTERS
from tests.desk.conftest import LogIn

HELP = "/admin/hilfe/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("door")


def test_it_works(client: Client) -> None:
    page = client.get(HELP).content.decode()
    assert "<h1>Hilfe</h1>" in page
    listed = re.findall(rf'<a href="{HELP}([\w-]+)/">\d+\. ([^<]+)</a>', page)
    assert listed == [(chapter.key, chapter.title) for chapter in CHAPTERS]
    assert len(listed) == 10


@pytest.mark.parametrize("number", range(len(CHAPTERS)))
def test_a_chapter(client: Client, number: int) -> None:
    chapter = CHAPTERS[number]
    page = client.get(f"{HELP}{chapter.key}/").content.decode()
    assert f"<h1>{number + 1}. {chapter.title}</h1>" in page
    main = page.partition("<main")[2]
    assert main.count("<h2>") >= 2
    assert 600 < len(re.sub("<[^>]+>", "", main)) < 3000  # a chapter is read within two minutes
    assert [around for around in ("Zurück: ", "Weiter: ") if around in main] == [
        *(["Zurück: "] if number else []),
        *(["Weiter: "] if number + 1 < len(CHAPTERS) else []),
    ]


def test_every_text_is_a_chapter() -> None:
    texts = {path.stem for path in (Path(__file__).parent.parent.parent / "templates/desk/help").glob("*.md")}
    assert texts == {chapter.key for chapter in CHAPTERS}


@pytest.mark.parametrize("key", ["gibt-es-nicht", "x" * 300, "..", "anfangen%00"])
def test_no_such_chapter(client: Client, key: str) -> None:
    assert client.get(f"{HELP}{key}/").status_code in {400, 404}


def test_for_nobody_without_a_login(db: None) -> None:
    for address in (HELP, f"{HELP}anfangen/"):
        response = Client().get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_every_page_of_the_desk_leads_there(client: Client) -> None:
    assert f'<a href="{HELP}">Hilfe</a>' in client.get("/admin/").content.decode()
