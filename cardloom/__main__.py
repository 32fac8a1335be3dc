"""`python -m cardloom`: the same as the `cardloom` command."""

from cardloom.cli import main

main()
