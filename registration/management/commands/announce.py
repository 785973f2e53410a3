from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Tells guests that time, place or status of their event changed."
    job = "announce"
