"""`python -m verifier` is `netpol`."""

from verifier.cli import main

if __name__ == "__main__":
    main()
