"""Text that a tenant may have written, and that a terminal would take for commands or forged lines."""

from unicodedata import category

SPOILT = "\x1b]0;owned\x07\x1b[2J\x9b2J\r\n9999-01-01 forged\u202e\u2028\x00\x7f"


def is_harmless(told: str) -> bool:
    """Whether a terminal shows this as text; line ends are meant, unless the forged line begins after one."""
    odd = {each for each in told if category(each) in ("Cc", "Zl", "Zp", "Cs") or each == "\u202e"}
    return bool(told) and odd <= {"\n"} and not any(line.startswith("9999-01-01") for line in told.split("\n"))
