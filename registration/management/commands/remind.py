from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Reminds guests of an event that comes near."
    job = "remind"
