from registration import booking
from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Releases places whose address was not confirmed in time, and lets waiting lists move up."
    job = "move_up"
    breath = booking.BREATH
