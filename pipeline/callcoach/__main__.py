"""``python -m callcoach``."""

from callcoach.cli import main

if __name__ == "__main__":
    main()
