"""`python -m fachtag.serve`: the server, without the worker, for a site that its operator prepared."""

import argparse
import sys

from fachtag import supervisor
from fachtag.settings import PORT


def main() -> None:
    parser = argparse.ArgumentParser("fachtag.serve", description="Serve the site on PORT.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    try:
        listener = supervisor.listen(parser.parse_args().host, PORT)
    except OSError as error:
        sys.exit(f"The server cannot listen: {error.strerror}.")
    supervisor.become(listener, worker=False)


if __name__ == "__main__":
    main()
