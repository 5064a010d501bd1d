"""``python -m watchbell``: the same as the command ``watchbell``."""

from watchbell.cli.main import main

if __name__ == "__main__":
    main()
