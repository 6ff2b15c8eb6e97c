"""``python -m callcoach``."""

from callcoach.cli.main import main

if __name__ == "__main__":
    main()
