from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Puts a few more mails of organisers' messages into the outbox, as soon as the last few have left."
    job = "send_messages"
