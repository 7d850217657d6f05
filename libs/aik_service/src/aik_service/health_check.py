"""`aik-health`: a container's health check, asked of the process beside it; exit status 0 when it answers, else 1."""

import os
import sys
from http.client import HTTPConnection, HTTPException

WAIT_S = 3


def main() -> None:
    """`aik-health` asks whether the process lives, `aik-health ready` whether it is ready too."""
    path = "/readyz" if sys.argv[1:] == ["ready"] else "/healthz"
    port = int(os.environ.get("AIK_HTTP_PORT", "8080"))
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise SystemExit(f"{path} on port {port}: {error}") from None
    if status != 200:
        raise SystemExit(f"{path} on port {port}: status {status}")


if __name__ == "__main__":
    main()
