"""What the error of a library says, for use within one of our sentences."""


def reason_of(error: Exception) -> str:
    """Return the first line of an error's text, up to 200 characters; the error's type if it has no text."""
    lines = str(error).strip().splitlines()
    return (lines[0][:200] if lines else type(error).__name__).rstrip('. ')
