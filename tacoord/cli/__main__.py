"""`python -m tacoord.cli`: the command, where a process starts another one of itself."""

from tacoord.cli import main

main()
