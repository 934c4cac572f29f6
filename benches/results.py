"""The page of results: each run replaces its own section of RESULTS.md and leaves the other sections as they are."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "RESULTS.md"


def sections():
    """Returns the names of the page's sections."""
    return re.findall(r"^<!-- begin (\S+) -->$", PAGE.read_text(), re.MULTILINE)


def record(section, text):
    """Replaces the text of a section of the page."""
    page = PAGE.read_text()
    begin, end = f"<!-- begin {section} -->\n", f"<!-- end {section} -->\n"
    if begin not in page or end not in page:
        raise SystemExit(f"{PAGE.name} has no section {section}: its sections are {', '.join(sections())}")
    before, rest = page.split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")
