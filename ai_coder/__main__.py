"""Start the window, or run one command of the command line."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run what the arguments ask for; without arguments the window opens."""
    if sys.argv[1:]:
        from ai_coder.cli import parse, run_command

        options = parse(sys.argv[1:])
        if options.command:
            sys.exit(run_command(options))
    gc.disable()  # what start-up makes stays; the workbench sets it apart and collects from there
    from ai_coder.app import main as open_window

    sys.exit(open_window(sys.argv))


if __name__ == "__main__":
    main()
