"""`python -m fachtag.serve`: the server, without the worker, for a site that its operator prepared."""

import argparse
import socket
import sys

from fachtag import supervisor
from fachtag.settings import PORT


def main() -> None:
    parser = argparse.ArgumentParser("fachtag.serve", description="Serve the site on PORT.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    try:
        listener = listen(parser.parse_args().host, PORT)
    except OSError as error:
        sys.exit(f"The server cannot listen: {error.strerror}.")
    supervisor.become(listener, worker=False)


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


if __name__ == "__main__":
    main()
