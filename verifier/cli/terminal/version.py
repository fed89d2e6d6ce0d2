"""The version of the installed distribution."""


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("netpol-verifier")
    except PackageNotFoundError:
        return "unknown (not installed)"
