"""`python -m figecho` is the command `figecho`."""

from figecho.cli.app import main

if __name__ == "__main__":
    main()
