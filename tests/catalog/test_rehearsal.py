"""A rehearsal asks the catalogue and leaves it as it was, in SQLite and in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import func, inspect, select

from catalog import models
from catalog.database import Catalogue
from catalog.errors import LayerTaken
from catalog.manifest import AgencyEntry, Manifest, Titled
from catalog.publishing import stage
from catalog.rehearsal import catalogue_for_rehearsal, claim_errors, known_owners
from tests.catalog.conftest import entry


def agency(id_: str, title: str) -> AgencyEntry:
    return AgencyEntry(id=id_, title=Titled(zh=title))


def test_an_empty_catalogue_where_there_is_none(catalogue_url: str) -> None:
    with catalogue_for_rehearsal(catalogue_url) as shown:
        assert known_owners(shown).agencies == ()
    left = Catalogue(catalogue_url)
    assert not inspect(left.engine).has_table("layer")
    left.close()


def test_claims_are_tried_and_nothing_of_them_stays(catalogue: Catalogue, catalogue_url: str) -> None:
    stage(catalogue, entry("districts"))
    before = catalogue.revision()
    introducing = Manifest(agencies=(agency("water", "水利局"), agency("civil", "別的名稱")))
    layers = Manifest(
        layers=(entry("districts", agency="fire"), entry("rivers", agency="water"), entry("roads", agency="works"))
    )
    with catalogue_for_rehearsal(catalogue_url) as shown:
        errors = claim_errors(shown, [layers, introducing])
        assert claim_errors(shown, [layers]).keys() == {"districts", "rivers", "roads"}
    # The agency of the rivers is introduced by the other manifest of the delivery.
    assert errors.keys() == {"districts", "roads"}
    assert isinstance(errors["districts"], LayerTaken)
    assert "works" in str(errors["roads"])
    assert catalogue.revision() == before
    with catalogue.read() as session:
        titles = {row.id: row.title_zh for row in session.scalars(select(models.Agency))}
        assert titles == {"civil": "民政局", "fire": "消防局"}
        assert session.scalar(select(func.count()).select_from(models.Layer)) == 1


def test_owners_are_named_for_drafts(catalogue: Catalogue, catalogue_url: str) -> None:
    with catalogue_for_rehearsal(catalogue_url) as shown:
        known = known_owners(shown)
    assert known.agencies == (("civil", "民政局"), ("fire", "消防局"))
    assert known.themes == (("boundaries", "界線"), ("safety", "安全"))
