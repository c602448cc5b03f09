"""`python -m syncline` is the console script."""

from syncline.cli import main

if __name__ == "__main__":
    main()
