"""`aik-health`: a container's health check, asked of the process beside it; exit status 0 when it answers, else 1."""

import os
import sys
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import urlopen

WAIT_S = 3


def main() -> None:
    """`aik-health` asks whether the process lives, `aik-health ready` whether it is ready too."""
    path = "readyz" if sys.argv[1:] == ["ready"] else "healthz"
    port = os.environ.get("AIK_HTTP_PORT", "8080")
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=WAIT_S):
            return
    except (URLError, HTTPException, TimeoutError) as error:
        raise SystemExit(f"/{path} on port {port}: {error}") from None


if __name__ == "__main__":
    main()
