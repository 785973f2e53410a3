"""The organisers' list of 2,000 guests against the same list of none: the first page, a search, and one workshop. What
counts is the CPU that the servers take for it."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

from tests.benchmarks.way import SLUG, cpu
from tests.running import RunningSite

LIST = f"/admin/fachtag/{SLUG}/gaeste/"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder)).running() as site:
        session = "=".join(site.log_in())

        def open_list(query: str = "") -> Callable[[], object]:
            return lambda: urlopen(Request(f"{site.url}{LIST}{query}", headers={"Cookie": session})).read()

        none = cpu(open_list())
        site.manage("shell", "-v0", "-c", CROWD)
        first = site.manage("shell", "-v0", "-c", FIRST).strip()
        shown = {"first page": "", "search": "?q=mueller", "workshop 1": f"?zeigen=workshop-{first}"}
        found = {name: cpu(open_list(query)) / none for name, query in shown.items()}
    print(
        f"The list of 2,000 guests against the empty one ({1000 * none:.1f} ms): "
        + ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
    )


CROWD = """
from django.utils import timezone
from events.models import Event
from registration.models import ConsentRecord, ConsentText, Place, Registration
event, now = Event.objects.get(slug="fachtag-demo"), timezone.now()
workshops = list(event.workshops.select_related("slot").order_by("number"))
guests = Registration.objects.bulk_create([
    Registration(event=event, state="confirmed", first_name="Max" if n % 4 else "Änne",
                 last_name=f"{'Müller' if n % 50 == 0 else 'Schmidt'} {n}", email=f"m{n}@example.org",
                 person=f"{n:064}", registered_at=now, changed_at=now)
    for n in range(2000)
])
Place.objects.bulk_create([
    Place(registration=guest, round=chosen.slot, workshop=chosen)
    for n, guest in enumerate(guests) for chosen in [workshops[n % len(workshops)]]
])
text = ConsentText.objects.create(event=event, purpose="recording", kind="required", version=99, wording="x")
ConsentRecord.objects.bulk_create([
    ConsentRecord(registration=guest, text=text, decision="given", at=now, channel="web") for guest in guests
])
"""

FIRST = """
from events.models import Workshop
print(Workshop.objects.get(event__slug="fachtag-demo", number=1).pk)
"""

if __name__ == "__main__":
    main()
