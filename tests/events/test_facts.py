"""Nothing on the announcement of the real event may get lost: every fact of it stands on the page."""

import re
from html import unescape

import pytest
from django.test import Client

from events.models import Event

FACTS = """
Diese Veranstaltung hat bereits stattgefunden.
6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen
Donnerstag, 7. Oktober 2021
8:30 – 16:00 Uhr
kostenfrei
8:30 – 9:00 Uhr Come together
9:00 – 9:15 Uhr Begrüßung
Grußwort: Sebastian Vogel, Staatssekretär im Sächsischen Staatsministerium für Soziales und Gesellschaftlichen Zusammenhalt
9:15 – 10:15 Uhr 1. Input-Vortrag 5 Jahre Integrationsarbeit in Mittelsachsen – Ein Blick zurück
Referierende: Jennifer Diehl, komm. Stabsbereichsleiterin Koordination Unterbringung und Integration des Landkreises Mittelsachsen Hartmut Fuchs, Projektleiter „Willkommen in Döbeln“ des Treibhaus e.V.
10:15 – 10:30 Uhr Kaffeepause
10:30 – 11:30 Uhr 2. Podiumsgespräch Migrantisches Leben in Mittelsachsen
Moderation: Annett Schrenk, Ausländerbeauftragte des Landkreises Mittelsachsen
Gäste auf dem Podium: Emiliano Chaimite, Dachverband sächsischer Migrantenorganisationen (DSM) e.V. Vertreterinnen und Vertreter mittelsächsischer Migrantenorganisationen
11:30 – 12:30 Uhr 3. Input-Vortrag Zuwanderung und Arbeit: Potentiale erkennen, Chancen nutzen
Referierende: Anna-Maria Kindt, Institut für Arbeitsmarkt- und Berufsforschung der Bundesagentur für Arbeit (IAB) Antje Dorn, Beauftragte für Chancengleichheit am Arbeitsmarkt des Jobcenters Mittelsachsen
12:30 – 13:15 Uhr Mittagspause
13:15 – 15:00 Uhr Workshops
1. Mittelsachsen integriert – Zwei Blicke nach vorn! Welche Bereiche charakterisieren die Integrationsarbeit im Landkreis? Wie können Projekte und Strukturen bedarfsgerecht ausgebaut und langfristig gesichert werden?
Workshop-Leitung: Jennifer Diehl, Landkreis Mittelsachsen Hartmut Fuchs, Treibhaus e.V. Julia Hupfer, Diakonisches Werk Rochlitz e.V.
2. Darf es etwas mehr als Folklore sein? Wie kann Partizipation und Teilhabe von Migrantinnen und Migranten auf kommunaler Ebene sichergestellt werden?
Workshop-Leitung: Annett Schrenk, Ausländerbeauftragte Emiliano Chaimite, DSM e.V.
3. Beschäftigung – suchen, finden und bleiben! Wie gelingt eine erfolgreiche Arbeitsmarktintegration in Mittelsachsen? Welche Strukturen und Prozesse sind dafür notwendig?
Workshop-Leitung: Anna-Maria Kindt, IAB Antje Dorn, Jobcenter Mittelsachsen
15:00 – 15:15 Uhr Kaffeepause
15:15 – 16:00 Uhr Auswertung der Workshop-Ergebnisse
Moderation: Steven Seiffert, Kulturbüro Sachsen e.V. Sondos Saquran, Studentin der TU BAF
Änderungen des Ablaufes und der Referierenden vorbehalten.
Deutsches Brennstoffinstitut (DBI) Halsbrücker Straße 34 09599 Freiberg
Hinweis: Für die Verpflegung der Teilnehmenden wird gesorgt.
Anmeldung bis Freitag, 24. September 2021
E-Mail: integration@landkreis-mittelsachsen.de
Tel: +49 (0) 3731 / 799 3683
Landratsamt Mittelsachsen Frauensteiner Straße 43 09599 Freiberg
Bitte wählen Sie bei der Anmeldung einen der drei Workshops!
Die Veranstaltung wird zudem als Livestream für weitere Gäste zur Verfügung gestellt und es werden Video- und Fotoaufnahmen gemacht. Dementsprechend setzt eine Teilnahme die Einwilligung zur Aufzeichnung, Verwendung und Veröffentlichung von persönlichem Bildmaterial voraus.
seit fünf jahren
landkreis mittelsachsen erfolgreich
kommunen verschiedene strukturen und maßnahmen zur integration
zahlreiche projekte
zivilgesellschaft
caritative träger
unternehmen
bilanz ihres engagements
erste weichen
freistaates sachsen
in den kommenden monaten
gesetz auf den weg bringen
integration und teilhabe von migrantinnen und migranten auf eine rechtliche grundlage
welche aufgaben der freistaat und welche die kommunen
strukturen vor ort auf lange sicht finanziert
gleichberechtigte teilhabe
diesen prozess aktiv einbringen
zusammenleben in mittelsachsen
vorträge und ein podiumsgespräch führen in das thema ein
eigene erfahrung aus alltag und praxis
sammeln, besprechen und benennen
migrationssozialarbeit und ehrenamt
migrantisches leben und teilhabe
arbeitsmarktintegration
""".strip().splitlines()


def words_of(html: str) -> str:
    """What a reader reads: the text of the page's body with white space folded."""
    body = re.sub(r"<script.*?</script>", "", html[html.index("<body") :])
    text = unescape(re.sub(r"<[^>]+>", " ", body))
    return re.sub(r" ([,.:])", r"\1", " ".join(text.split()))


@pytest.fixture
def text(client: Client, past_event: Event) -> str:
    return words_of(client.get("/fachtag-2021/").content.decode()).casefold()


def missing(text: str) -> list[str]:
    return [fact for fact in FACTS if fact.casefold() not in text]


def test_every_fact_stands_on_the_page(client: Client, event: Event) -> None:
    """But for what is of another day, because the event is ahead of us."""
    assert len(FACTS) == 60
    page = words_of(client.get("/fachtag-demo/").content.decode()).casefold()
    assert missing(page) == [
        "Diese Veranstaltung hat bereits stattgefunden.",
        "Donnerstag, 7. Oktober 2021",
        "Anmeldung bis Freitag, 24. September 2021",
    ]


def test_what_is_past_keeps_every_fact_but_what_was_to_come(text: str) -> None:
    assert [fact.partition(" ")[0] for fact in missing(text)] == ["Änderungen", "Hinweis:", "Anmeldung", "Bitte", "Die"]


def test_it_speaks_german(text: str) -> None:
    for word in ("free", "register", "programme", "tickets"):
        assert f" {word} " not in text
