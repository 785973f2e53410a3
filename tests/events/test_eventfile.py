import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils.timezone import localtime

from events import eventfile
from events.eventfile import EventFileError, describe, parse, save
from events.models import Contribution, Event, Organiser, Slot, Speaker, Venue, Workshop
from tests import factories

FILE = factories.EXAMPLE.read_text()


def errors(content: str) -> list[tuple[str, str]]:
    with pytest.raises(EventFileError) as caught:
        parse(content.encode())
    return caught.value.errors


def bent(old: str, new: str) -> str:
    assert FILE.count(old) >= 1, old
    return FILE.replace(old, new, 1)


@pytest.mark.django_db
def test_the_stored_event_reads_like_the_file() -> None:
    description = parse(FILE.encode())
    event, changed = save(description)
    assert changed
    assert describe(event) == description
    assert (Slot.objects.count(), Workshop.objects.count(), Speaker.objects.count()) == (10, 3, 11)
    assert Contribution.objects.count() == 17


@pytest.mark.django_db
def test_importing_twice_changes_nothing() -> None:
    first, _changed = save(parse(FILE.encode()))
    second, changed = save(parse(FILE.encode()))
    assert not changed
    assert (second.pk, second.changed_at, second.sequence) == (first.pk, first.changed_at, 0)


@pytest.mark.django_db
def test_a_changed_file_changes_the_event_and_keeps_its_workshops() -> None:
    event, _changed = save(parse(FILE.encode()))
    before = {workshop.number: workshop.pk for workshop in event.workshops.all()}
    changed_file = bent('title = "Darf es etwas mehr als Folklore sein?"', 'title = "Mehr als Folklore"')
    event, changed = save(parse(changed_file.encode()))
    assert changed
    assert {workshop.number: workshop.pk for workshop in event.workshops.all()} == before
    assert event.workshops.get(number=2).title == "Mehr als Folklore"
    assert describe(event) == parse(changed_file.encode())


@pytest.mark.django_db
def test_a_shorter_file_takes_away_what_it_no_longer_has() -> None:
    save(parse(FILE.encode()))
    shorter = FILE[: FILE.index("[[slots]]\nstarts_at = 15:00:00")]
    event, _changed = save(parse(shorter.encode()))
    assert event.slots.count() == 8
    assert describe(event) == parse(shorter.encode())


@pytest.mark.django_db
def test_a_workshop_that_guests_chose_stays() -> None:
    event = factories.an_open_event(slug="fachtag-2021")
    factories.registered(event, number=3)
    start = FILE.index('[[slots.workshops]]\nkey = "beschaeftigung"')
    without = FILE[:start] + FILE[FILE.index("[[slots]]\nstarts_at = 15:00:00") :]
    with pytest.raises(EventFileError) as caught:
        save(parse(without.encode()))
    assert caught.value.errors == [
        (
            "slots",
            "the workshop “Beschäftigung – suchen, finden und bleiben!” has guests and is missing; if it has another"
            ' title now, give it the line: key = "beschaeftigung"',
        )
    ]
    assert event.workshops.count() == 3


@pytest.mark.django_db
def test_swapped_numbers_renumber_workshops_and_leave_their_guests() -> None:
    event = factories.an_open_event(slug="fachtag-2021")
    bob = factories.registered(event, number=2)
    swapped = FILE
    for number, key in ((3, "folklore"), (2, "beschaeftigung")):
        start = swapped.index(f'key = "{key}"\nnumber = ')
        swapped = swapped[:start] + re.sub(r"number = \d", f"number = {number}", swapped[start:], count=1)
    event, _changed = save(parse(swapped.encode()).starting(localtime(event.starts_at).date()))
    bob.refresh_from_db()
    assert factories.seat(bob) is not None
    assert (factories.seat(bob).key, factories.seat(bob).number) == ("folklore", 3)
    assert [workshop.key for workshop in event.workshops.all()] == ["zwei-blicke", "beschaeftigung", "folklore"]


@pytest.mark.django_db
def test_without_a_key_the_title_makes_one() -> None:
    without = "".join(line for line in FILE.splitlines(keepends=True) if not line.startswith("key = "))
    event, _changed = save(parse(without.encode()))
    assert [workshop.key for workshop in event.workshops.all()] == [
        "mittelsachsen-integriert-zwei-blicke-nach-vorn",
        "darf-es-etwas-mehr-als-folklore-sein",
        "beschaftigung-suchen-finden-und-bleiben",
    ]
    assert save(parse(without.encode())) == (event, False)


def test_two_workshops_with_one_title_need_keys() -> None:
    content = bent('key = "folklore"\n', "").replace('key = "beschaeftigung"\n', "")
    content = content.replace("Beschäftigung – suchen, finden und bleiben!", "Darf es etwas mehr als Folklore sein?")
    assert errors(content) == [
        (
            "slots[7].workshops[2].key",
            "darf-es-etwas-mehr-als-folklore-sein is the key of two workshops; where both have the same title, give"
            " each a line: key = …",
        )
    ]


@pytest.mark.django_db
def test_a_break_more_keeps_the_slot_of_the_workshops() -> None:
    event, _changed = save(parse(FILE.encode()))
    before = event.slots.get(kind="workshops").pk
    more = bent(
        "[[slots]]", '[[slots]]\nstarts_at = 08:00:00\nends_at = 08:10:00\nkind = "break"\ntitle = "Tee"\n\n[[slots]]'
    )
    event, _changed = save(parse(more.encode()))
    assert event.slots.get(kind="workshops").pk == before
    assert describe(event) == parse(more.encode())
    assert event.sequence == 0


@pytest.mark.django_db
def test_a_round_before_the_others_leaves_them_their_workshops() -> None:
    event, _changed = save(parse(FILE.encode()))
    before = {workshop.key: workshop.slot_id for workshop in event.workshops.all()}
    more = bent(
        "[[slots]]",
        "[[slots]]\nstarts_at = 07:00:00\nends_at = 08:00:00\nkind = 'workshops'\ntitle = 'Workshops'\n"
        "[[slots.workshops]]\nnumber = 4\ntitle = 'Früh'\n[[slots]]",
    )
    event, _changed = save(parse(more.encode()))
    after = {workshop.key: workshop.slot_id for workshop in event.workshops.all()}
    assert after == before | {"fruh": event.slots.all()[0].pk}
    assert event.sequence == 0


# Questions, and what a file may leave empty


def asking(**changes: str) -> str:
    """The file with a question: what these keys say, written as TOML."""
    question = {
        "key": '"essen"',
        "label": '"Was möchten Sie essen?"',
        "kind": '"choice"',
        "options": '[{ key = "vegan", label = "vegan" }, { key = "fleisch", label = "mit Fleisch" }]',
    } | changes
    lines = "\n".join(f"{key} = {value}" for key, value in question.items() if value)
    return bent("[[speakers]]", f"[[questions]]\n{lines}\n\n[[speakers]]")


@pytest.mark.django_db
def test_a_question_is_stored_with_its_options() -> None:
    event, _changed = save(parse(asking(sensitive="true", audience='"place"', purpose='"Für die Küche"').encode()))
    [question] = event.questions.all()
    assert (question.key, question.kind, question.label) == ("essen", "choice", "Was möchten Sie essen?")
    assert question.options == [["vegan", "vegan"], ["fleisch", "mit Fleisch"]]
    assert (question.sensitive, question.required, question.audience) == (True, False, "place")
    assert save(parse(asking(sensitive="true", audience='"place"', purpose='"Für die Küche"').encode()))[1] is False


@pytest.mark.django_db
def test_a_question_keeps_its_row_by_its_key() -> None:
    event, _changed = save(parse(asking().encode()))
    before = event.questions.get()
    more = asking(label='"Was essen Sie?"').replace(
        "[[questions]]", '[[questions]]\nkey = "neu"\nlabel = "Neu"\nkind = "line"\n\n[[questions]]'
    )
    event, _changed = save(parse(more.encode()))
    assert [(question.key, question.order) for question in event.questions.all()] == [("neu", 0), ("essen", 1)]
    after = event.questions.get(key="essen")
    assert (after.pk, after.label) == (before.pk, "Was essen Sie?")
    event, _changed = save(parse(FILE.encode()))
    assert [question.key for question in event.questions.all()] == ["needs"]


@pytest.mark.django_db
def test_a_question_that_guests_answered_stays() -> None:
    event = factories.an_open_event(slug="fachtag-2021")
    question = event.questions.create(key="essen", label="Was möchten Sie essen?", kind="line")
    factories.registered(event).answers.create(question=question, value="alles")
    with pytest.raises(EventFileError) as caught:
        save(parse(FILE.encode()))
    advice = 'if it is worded otherwise now, give it the line: key = "essen"'
    assert caught.value.errors == [
        ("questions", f"the question “Was möchten Sie essen?” has answers and is missing; {advice}")
    ]
    assert event.questions.get(key="essen") == question


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": ""}, ("questions[0].key", "is missing")),
        ({"key": '"a b"'}, ("questions[0].key", "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.")),
        ({"kind": '"quiz"'}, ("questions[0].kind", "Value 'quiz' is not a valid choice.")),
        ({"audience": '"alle"'}, ("questions[0].audience", "Value 'alle' is not a valid choice.")),
        ({"options": ""}, ("questions[0].options", "are missing, each with a key and a label")),
        ({"kind": '"line"'}, ("questions[0].options", 'stand only in a question of kind "choice" or "choices"')),
        ({"options": '["vegan"]'}, ("questions[0].options[0]", "must be a table")),
        ({"options": '"vegan"'}, ("questions[0].options", "must be an array of tables")),
        ({"options": '[{ key = "vegan" }]'}, ("questions[0].options[0].label", "is missing")),
        ({"options": '[{ key = "a", label = "A", x = 1 }]'}, ("questions[0].options[0].x", "is not a name that this file knows")),
        (
            {"options": '[{ key = "a", label = "A" }, { key = "a", label = "B" }]'},
            ("questions[0].options[1].key", "a stands here a second time"),
        ),
        ({"required": '"ja"'}, ("questions[0].required", "must be true or false")),
    ],
)  # fmt: skip
def test_an_error_in_a_question_names_its_path(changes: dict[str, str], expected: tuple[str, str]) -> None:
    assert expected in errors(asking(**changes))


def test_two_questions_with_one_key() -> None:
    content = asking().replace(
        "[[speakers]]", '[[questions]]\nkey = "essen"\nlabel = "?"\nkind = "line"\n[[speakers]]', 1
    )
    assert errors(content) == [("questions[1].key", "essen stands here a second time")]


@pytest.mark.django_db
def test_without_a_venue_an_event_is_online_only() -> None:
    without = FILE[: FILE.index("[venue]")] + FILE[FILE.index("[organiser]") :]
    event, _changed = save(parse(FILE.encode()))
    event, changed = save(parse(without.encode()))
    assert (changed, event.venue, event.sequence) == (True, None, 1)
    assert save(parse(without.encode()))[1] is False
    assert save(parse(FILE.encode()))[0].venue is not None


@pytest.mark.django_db
def test_an_empty_text_is_nothing_where_a_number_could_stand() -> None:
    event, _changed = save(parse(bent("[venue]", 'reminder_days = ""\n\n[venue]').encode()))
    assert (event.reminder_days, event.capacity) == (None, None)


@pytest.mark.django_db
def test_seats_fee_and_what_queues_do() -> None:
    lines = 'capacity = 120\nfee = "15 €"\nprice = 15\nlisted = false\nqueue_stops_hours = 48\naccept_within = 24\n'
    event, _changed = save(parse(bent("[venue]", f"{lines}\n[venue]").encode()))
    assert (event.capacity, event.fee, event.price, event.listed) == (120, "15 €", Decimal(15), False)
    assert (event.queue_stops_hours, event.accept_within) == (48, 24)


# What two events show


VENUE, PHONE = 'street = "Halsbrücker Straße 34"', 'phone = "+49 (0) 3731 / 799 3683"'


@pytest.mark.django_db
def test_another_event_at_a_place_of_the_same_name_leaves_the_first_as_it_was() -> None:
    first, _changed = save(parse(FILE.encode()))
    other = (
        bent(VENUE, 'street = "Markt 1"').replace(PHONE, 'phone = "0"').replace("is_group = true", "is_group = false")
    )
    second, _changed = save(parse(other.encode(), "anderer-fachtag"))
    assert describe(second) == parse(other.encode(), "anderer-fachtag")
    first.refresh_from_db()
    assert (describe(first), first.sequence) == (parse(FILE.encode()), 0)


@pytest.mark.django_db
def test_nobody_inherits_the_portrait_of_a_namesake() -> None:
    save(parse(FILE.encode()))
    diehl = Speaker.objects.filter(name="Jennifer Diehl")
    diehl.update(portrait="pictures/0123456789abcdef-560x560.webp", portrait_alt="Jennifer Diehl")
    save(parse(FILE.encode(), "anderer-fachtag"))
    assert sorted(diehl.values_list("portrait", flat=True)) == ["", "pictures/0123456789abcdef-560x560.webp"]
    assert save(parse(FILE.encode()))[1] is False


@pytest.mark.django_db
def test_what_is_the_same_in_two_events_is_stored_once() -> None:
    first, _changed = save(parse(FILE.encode()))
    second, _changed = save(parse(FILE.encode(), "anderer-fachtag"))
    assert (second.venue, second.organiser) == (first.venue, first.organiser)
    assert (Venue.objects.count(), Organiser.objects.count(), Speaker.objects.count()) == (1, 1, 11)


@pytest.mark.django_db
def test_what_only_this_event_shows_is_brought_up_to_date() -> None:
    before, _changed = save(parse(FILE.encode()))
    group = Speaker.objects.get(is_group=True).pk
    content = (
        bent(VENUE, 'street = "Markt 1"').replace(PHONE, 'phone = "0"').replace("is_group = true", "is_group = false")
    )
    event, _changed = save(parse(content.encode()))
    assert (event.venue_id, event.organiser_id, event.sequence) == (before.venue_id, before.organiser_id, 1)
    assert Speaker.objects.get(name__startswith="Vertreterinnen").pk == group
    assert (Venue.objects.count(), Organiser.objects.count(), Speaker.objects.count()) == (1, 1, 11)


@pytest.mark.django_db
def test_what_two_events_show_becomes_two_where_one_file_changes_it() -> None:
    first, _changed = save(parse(FILE.encode()))
    save(parse(FILE.encode(), "anderer-fachtag"))
    content = bent(VENUE, 'street = "Markt 1"')
    second, _changed = save(parse(content.encode(), "anderer-fachtag"))
    first.refresh_from_db()
    assert (factories.venue(first).street, first.sequence) == ("Halsbrücker Straße 34", 0)
    assert factories.venue(second).street == "Markt 1"
    assert save(parse(content.encode(), "anderer-fachtag")) == (second, False)


@pytest.mark.django_db
def test_starting_moves_every_date() -> None:
    event = factories.an_open_event(first_day=date(2027, 2, 4))
    times = [event.starts_at, event.ends_at, event.registration_closes_at, event.slots.all()[9].ends_at]
    assert [localtime(time).strftime("%d.%m.%Y %H:%M:%S") for time in times] == [
        "04.02.2027 08:30:00",
        "04.02.2027 16:00:00",
        "22.01.2027 23:59:59",
        "04.02.2027 16:00:00",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ends_at = 10:30:00", "ends_at = 08:15:00", ("slots[3].ends_at", "08:15 is before it starts")),
        ("ends_at = 16:00:00", "ends_at = 08:00:00", ("ends_at", "08:00 is before it starts")),
        ("ends_at = 09:15:00", "ends_at = 09:00:00", ("slots[1].ends_at", "09:00 is when it starts")),
        ('title = "Begrüßung"', "", ("slots[1].title", "is missing")),
        ('kind = "panel"', 'kind = "party"', ("slots[4].kind", "Value 'party' is not a valid choice.")),
        ('role = "greeting"', 'role = "boss"', ("slots[1].contributions[0].role", "Value 'boss' is not a valid choice.")),
        ("number = 2\ntitle", "number = 1\ntitle", ("slots[7].workshops[1].number", "1 stands here a second time")),
        ("capacity = 25", "capacity = -1", ("slots[7].workshops[0].capacity", "must be a whole number, not below 0")),
        ("capacity = 25", 'capacity = "viele"', ("slots[7].workshops[0].capacity", "must be a whole number, not below 0")),
        ("date = 2021-10-07", 'date = "7.10.2021"', ("date", "must be a date such as 2021-10-07")),
        ("registration_closes_at = 2021-09-24", "", ("registration_closes_at", "is missing")),
        (
            "registration_closes_at = 2021-09-24",
            "registration_closes_at = 2021-10-08",
            ("registration_closes_at", "is after the event ends"),
        ),
        ('slug = "fachtag-2021"', 'slug = "admin"', ("slug", '"admin" is an address of the site itself')),
        ('email = "integration@landkreis-mittelsachsen.de"', 'email = "nix"', ("organiser.email", "Enter a valid email address.")),
        ('email = "integration@landkreis-mittelsachsen.de"', 'email = "bo\u017f@example.org"', ("organiser.email", "Before the @ only letters from a to z, digits and signs can stand.")),
        ('street = "Halsbrücker Straße 34"', "street = 34", ("venue.street", "must be a text in quotation marks")),
        ('title = "Begrüßung"', 'titel = "Begrüßung"\ntitle = "B"', ("slots[1].titel", "is not a name that this file knows")),
        ("is_group = true", 'is_group = "ja"', ("speakers[0].is_group", "must be true or false")),
        ('name = "Julia Hupfer"', "", ("slots[7].workshops[0].contributions[2].name", "is missing")),
        ('kind = "panel"', 'kind = "panel"\noptional = true', ("slots[4].optional", 'can only be a slot of kind "workshops"')),
        (
            'starts_at = 12:30:00\nends_at = 13:15:00\nkind = "break"',
            'starts_at = 12:30:00\nends_at = 13:20:00\nkind = "workshops"',
            ("slots[7].starts_at", "is before the workshops “Mittagspause” have ended; two rounds come one after the other"),
        ),
    ],
)  # fmt: skip
def test_an_error_names_its_path(old: str, new: str, expected: tuple[str, str]) -> None:
    assert expected in errors(bent(old, new))


@pytest.mark.parametrize("kind", ["panel", "closing"])
def test_rounds_may_follow_each_other(kind: str) -> None:
    parse(bent(f'kind = "{kind}"', 'kind = "workshops"').encode())


def test_every_error_at_once() -> None:
    content = bent('title = "Begrüßung"', "").replace("ends_at = 10:30:00", "ends_at = 08:15:00")
    content = content.replace("[venue]", "[ort]")
    assert errors(content) == [
        ("ort", "is not a name that this file knows"),
        ("slots[1].title", "is missing"),
        ("slots[3].ends_at", "08:15 is before it starts"),
    ]


@pytest.mark.parametrize("content", ["title = ", "= 1", '[[slots]]\n[slots]\nx="'])
def test_no_toml_is_an_error_in_words(content: str) -> None:
    [(path, message)] = errors(content)
    assert path == "file"
    assert message.startswith("this is not TOML: ")


def test_no_utf_8_is_an_error_in_words() -> None:
    with pytest.raises(EventFileError) as caught:
        parse("title = 'Begrüßung'".encode("latin-1"))
    assert caught.value.errors == [("file", "byte 13 is not UTF-8")]


@pytest.mark.django_db
def test_a_bad_file_stores_nothing() -> None:
    errors(bent('title = "Begrüßung"', ""))
    assert Event.objects.count() == 0


def test_a_speaker_without_a_part_is_an_error() -> None:
    content = bent("[[slots]]", '[[speakers]]\nname = "Niemand"\n\n[[slots]]')
    assert errors(content) == [("speakers[1].name", "Niemand appears in no slot and no workshop")]


def test_an_empty_file_is_full_of_errors() -> None:
    assert ("title", "is missing") in errors("")
    assert eventfile.EventFileError(errors(""))


PARALLEL = """
[[slots]]
starts_at = 15:00:00
ends_at = 15:30:00
kind = "talk"
title = "{}"
"""


@pytest.mark.django_db
def test_what_goes_on_at_one_time_may_stand_in_any_order() -> None:
    save(parse((FILE + PARALLEL.format("In Saal 1")).encode()))
    for titles in (("In Saal 0", "In Saal 1"), ("In Saal 1", "In Saal 0")):
        description = parse((FILE + "".join(map(PARALLEL.format, titles))).encode())
        event, changed = save(description)
        assert changed == (titles[0] == "In Saal 0")
        assert describe(event) == description
        assert save(description)[1] is False
    assert event.slots.filter(title__startswith="In Saal").count() == 2
