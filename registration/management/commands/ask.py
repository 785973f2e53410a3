from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Mails questions that an organiser put to guests who had registered before."
    job = "ask"
