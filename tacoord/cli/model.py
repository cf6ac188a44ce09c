"""`tacoord model`: versions of the matching weights, fitted to verdicts, judged, chosen."""

import click

from tacoord.cli.context import with_app, writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import counted
from tacoord.errors import Conflict
from tacoord.extensions import db
from tacoord.matching.learning import Judgement
from tacoord.policy import OPERATOR
from tacoord.services.overlaps import matching_models
from tacoord.services.overlaps.model_report import Band, report_on_model
from tacoord.services.visibility import EVERYTHING


@click.group(cls=WholeHelpGroup)
def model() -> None:
    """The weights by which projects are compared."""


@model.command()
@writing
def fit() -> None:
    """Fit the weights again to what reviewers decided; keep them only where they judge better."""
    try:
        found, kept = matching_models.fit_model(db.session(), by=OPERATOR)
    except Conflict as error:
        click.echo(f"nothing fitted: {error}")
        return
    click.echo(
        f"judged on {counted(found.before.decisions, 'verdict')}, the fitted weights in cross-validation:"
    )
    click.echo(f"  in use now  {_judgement(found.before)}")
    click.echo(f"  fitted      {_judgement(found.after)}")
    if kept:
        version = found.model.version
        click.echo(
            f"better (less log loss, average precision not surely lower): kept as version {version};\n"
            f"use it with: tacoord model use {version}"
        )
    else:
        click.echo("not kept: log loss is no less, or average precision is surely lower")


@model.command("list")
@with_app
def list_versions() -> None:
    """List all versions; a star marks the one in use."""
    for one in matching_models.list_models(db.session()):
        origin = "comes with tacoord" if one.shipped else "made here"
        note = f": {one.note}" if one.note else ""
        click.echo(f"{'*' if one.in_use else ' '} {one.version}  {origin}{note}")


@model.command()
@click.argument("version")
@writing
def use(version: str) -> None:
    """Compare with VERSION from now on."""
    matching_models.use_model(db.session(), version, by=OPERATOR)
    click.echo(
        f"version {version} is in use; `tacoord overlaps sweep` compares all projects with it"
    )


@model.command()
@with_app
def report() -> None:
    """Say how the verdicts agree with the scores, and which pairs should be judged next."""
    found = report_on_model(db.session(), EVERYTHING)
    click.echo(f"version in use: {found.version}")
    click.echo(f"verdicts: {found.decisions}, by {counted(found.reviewers, 'reviewer')}")
    if found.judged_twice:
        click.echo(f"judged by two or more: {found.judged_twice}, all agree on {found.agreed}")
    click.echo("score      judged  one activity  true share (95 %)")
    for band in found.bands:
        click.echo(_band(band))
    if found.useful:
        click.echo("a verdict on these would teach most: " + " ".join(found.useful))


def _judgement(found: Judgement) -> str:
    return (
        f"average precision {found.average_precision:.3f}, log loss {found.log_loss:.3f}, "
        f"calibration error {found.calibration_error:.3f}"
    )


def _band(band: Band) -> str:
    limits = f"{band.lowest:.2f}-{band.highest:.2f}"
    share = "nothing judged" if band.share is None else f"{band.low:.2f} to {band.high:.2f}"
    return f"{limits:9}  {band.judged:6}  {band.one_activity:12}  {share}"
