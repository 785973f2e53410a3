from registration.jobs import JobCommand


class Command(JobCommand):
    help = "Releases places whose address was not confirmed in time, and lets waiting lists move up."
    job = "move_up"
    breath = 0.1  # who waits to write to SQLite looks only now and then whether it is free
