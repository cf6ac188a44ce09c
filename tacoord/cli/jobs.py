"""`tacoord jobs`: what runs by the clock."""

import logging
from typing import cast

import click
from flask import Flask, current_app

from tacoord import jobs as table
from tacoord.cli.context import settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.ready import require_database


@click.group(cls=WholeHelpGroup)
def jobs() -> None:
    """What runs by the clock: digests, overlaps, gaps, imports."""


@jobs.command()
@with_app
def run() -> None:
    """Run every job by its clock until the process is asked to end."""
    logging.getLogger("tacoord").setLevel(logging.INFO)
    # What goes wrong in a tick is told by the tick itself, in one line.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    require_database(settings())  # once it runs, it outlives a database that goes away for a while
    table.run_forever(cast(Flask, current_app._get_current_object()))  # type: ignore[attr-defined]


@jobs.command()
@click.argument("name", type=click.Choice(sorted(table.JOBS)))
@with_app
def once(name: str) -> None:
    """Run the job NAME now."""
    click.echo(f"{name}: {table.run_job(name) or 'nothing to do'}")


@jobs.command("list")
def list_jobs() -> None:
    """The jobs, and when they run."""
    width = max(map(len, table.JOBS))
    for name, job in table.JOBS.items():
        click.echo(f"{name:<{width}}  {when(job):<22}  {job.about}")


def when(job: table.Job) -> str:
    """The clock of a job in words."""
    if job.at is not None:
        return f"each day, {job.at:%H:%M} UTC"
    seconds = int(job.every.total_seconds())
    return f"every {seconds} seconds" if seconds < 60 else f"every {seconds // 60} minutes"
