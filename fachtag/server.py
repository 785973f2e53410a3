"""One server process: answers on the socket that fachtag.supervisor holds.

waitress collects a request before one of its threads sees it, so who sends slowly keeps nobody waiting.
"""

import signal
import socket
import sys
from types import FrameType

from waitress import create_server

from fachtag.bodies import ORGANISERS, Channel
from fachtag.encoding import Application

THREADS = 4
CONNECTIONS = 1000  # may be open at once, most of them idle


def serve(application: Application, listener: int) -> None:
    """Answer until SIGTERM comes; `listener` is the number of a listening socket."""
    server = create_server(
        application,
        sockets=[socket.socket(fileno=listener)],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select() knows no more than 1024 files
        max_request_body_size=ORGANISERS,
        clear_untrusted_proxy_headers=False,  # TRUSTED_PROXY decides whether they are believed
        log_socket_errors=False,  # a visitor who hangs up is no error
    )
    server.channel_class = Channel
    signal.signal(signal.SIGTERM, stop)
    server.run()


def stop(number: int, frame: FrameType | None) -> None:
    """Finish what is being answered, then end."""
    raise SystemExit


if __name__ == "__main__":
    from fachtag.wsgi import application

    serve(application, int(sys.argv[1]))
