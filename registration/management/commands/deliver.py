from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Delivers the mails that are due."
    job = "deliver"
