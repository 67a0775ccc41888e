"""The command line (see README)."""


def main() -> int:
    """Run the command line."""
    raise NotImplementedError
