"""``python -m tui_chat`` is the same as the console script ``tui-chat``."""

import sys

from tui_chat.cli import main

if __name__ == "__main__":
    sys.exit(main())
