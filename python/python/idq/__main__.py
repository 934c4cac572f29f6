"""``python -m idq``: the command."""

from idq._command import main

main()
