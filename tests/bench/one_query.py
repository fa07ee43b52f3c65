"""The page that others are compared to: Flask, one indexed query, a short template."""

import os

import click
from flask import Flask, render_template_string
from sqlalchemy import select

from lims.database import Database
from lims.models.fill import Vial

PAGE = "<!doctype html><title>{{ code }}</title><p>{{ code }}: {{ status }}, {{ cells }} cells"


def app_on(url: str) -> Flask:
    app, database, vial = Flask("one_query"), Database(url), Vial.__table__
    asked = select(vial.c.code, vial.c.status, vial.c.viable_cells)

    @app.get("/<code>")
    def show(code: str) -> str:
        with database.reading() as session:
            found = session.execute(asked.where(vial.c.code == code)).one_or_none()
        return render_template_string(
            PAGE, code=code, status=found and found.status, cells=found and found.viable_cells
        )

    return app


@click.command()
@click.option("--bind", required=True)
def serve(bind: str) -> None:
    import waitress

    waitress.serve(app_on(os.environ["LIMS_DATABASE_URL"]), listen=bind, threads=8, ident=None)


if __name__ == "__main__":
    serve()
