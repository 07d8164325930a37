"""``python -m tui_chat`` is the same as the console script ``tui-chat``."""

import sys

if __name__ == "__main__":
    try:
        from tui_chat.cli.main import main

        status = main()
    except KeyboardInterrupt:
        # Ctrl+C during the imports.
        status = 130
    sys.exit(status)
