"""Starts a server."""

import sys

if len(sys.argv) > 1 and sys.argv[1] == "hostile":
    from tests.tools_server.hostile import run

    run(sys.argv[2])
else:
    from tests.tools_server.server import make_server

    make_server(sys.argv[1] if len(sys.argv) > 1 else "tests").run()
