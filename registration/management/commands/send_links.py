from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Mails the links that guests have asked for again."
    job = "send_links"
