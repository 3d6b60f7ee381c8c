"""`python -m veo_workflow` is `veo`."""

from veo_workflow.cli import main

main(prog_name="veo")
