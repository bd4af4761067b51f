"""What tiles are known by: the release that changed them last, and what the style draws at their zoom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CatalogueUnavailable
from catalog.footprints import Step
from catalog.records import BasemapMember, BasemapRecord, LayerRecord, NamedStyle
from layers.crs import CRS84, WEB_MERCATOR, transform_bbox
from layers.extent import BoundingBox
from layers.styles.document import parse_style
from tests.server.map_city import City
from tilecache.editions import Editions
from tilecache.footprint import BitMap64, MetatileMatrix, pack_metatiles, unite_packed, unpack_metatiles
from tilecache.grids import tile_matrix_sets
from tilecache.lineage import Lineages, chain_of

GRIDS = tile_matrix_sets(20)
WEB = GRIDS["WebMercatorQuad"]
Z = 16


def packed(*numbers: int) -> bytes:
    return pack_metatiles(BitMap64(numbers))


def lineages(steps: Mapping[int, Step], layer: str = "districts") -> Lineages:
    return Lineages(lambda asked, grid, level: steps if asked == layer else {}, 4)


def released(record: LayerRecord, number: int, base: int | None) -> LayerRecord:
    return replace(record, release=replace(record.release, number=number, base=base))


def place_of(record: LayerRecord, z: int = Z) -> tuple[int, int, int]:
    """Column, row and metatile of a tile in the middle of a layer."""
    x, _y = record.release.extent.centre
    column = int((x + 180) / 360 * 2**z)
    first_x, last_x, first_y, last_y = WEB.tile_range(transform_bbox(record.release.extent, CRS84, WEB_MERCATOR), z)
    row = (first_y + last_y) // 2
    assert first_x <= column <= last_x
    return column, row, MetatileMatrix(WEB, z, 4).number(column, row)


def test_a_tile_is_of_the_release_that_changed_it_last(city: City) -> None:
    record = released(city.snapshot.layers["districts"], 4, 3)
    x, y, number = place_of(record)
    steps = {
        4: Step(3, 4, packed(1)),
        3: Step(2, 4, packed(number)),
        2: Step(1, 4, packed(number + 1)),
    }
    editions = Editions(record, lineages(steps))
    assert editions.at(WEB, Z, x, y).split("-")[1].startswith("3.")
    assert editions.at(WEB, Z, x // 4 * 4 + 4, y).split("-")[1].startswith("2.")
    assert editions.at(WEB, Z, x // 4 * 4 + 8, y).split("-")[1].startswith("1.")
    # All tiles of a metatile are drawn together.
    assert len({editions.at(WEB, Z, x // 4 * 4 + dx, y // 4 * 4 + dy) for dx in range(4) for dy in range(4)}) == 1
    # A rollback finds what was there.
    earlier = Editions(released(record, 3, 2), lineages(steps))
    assert earlier.at(WEB, Z, x, y) == editions.at(WEB, Z, x, y)


def test_what_is_not_known_is_taken_as_changed(city: City) -> None:
    record = released(city.snapshot.layers["districts"], 4, 3)
    x, y, _ = place_of(record)

    def silent(layer: str, grid: str, level: int) -> Mapping[int, Step]:
        raise CatalogueUnavailable

    unknown = [
        Lineages(silent, 4),
        lineages({}),
        # Counted in metatiles of another size.
        lineages({4: Step(3, 8, packed())}),
        lineages({3: Step(2, 4, packed())}),
    ]
    assert {Editions(record, one).at(WEB, Z, x, y).split("-")[1].split(".")[0] for one in unknown} == {"4"}


def test_another_style_is_another_edition_at_the_zooms_at_which_it_looks_different(city: City) -> None:
    record = city.snapshot.layers["districts"]
    fill = {"fill": {"colour": "#123456"}}
    plain = parse_style({"rules": [{"name": "a", "symbols": [fill]}]})
    split = parse_style(
        {
            "rules": [
                {"name": "b", "title": {"zh": "遠"}, "zoom": [None, 15], "symbols": [fill]},
                {"name": "c", "zoom": [16, None], "symbols": [{"fill": {"colour": "#654321"}}]},
            ]
        }
    )
    one, other = (Editions(replace(record, style=style), lineages({})) for style in (plain, split))
    same = {}
    for z in (12, 15, 16, 18):
        x, y, _ = place_of(record, z)
        same[z] = one.at(WEB, z, x, y) == other.at(WEB, z, x, y)
    assert same == {12: True, 15: True, 16: False, 18: False}
    # TWD97TM2's level 9 has the scale of WebMercatorQuad's 15.
    assert one.at(GRIDS["TWD97TM2"], 9, 5, 5) == other.at(GRIDS["TWD97TM2"], 9, 5, 5)
    assert one.at(GRIDS["TWD97TM2"], 10, 5, 5) != other.at(GRIDS["TWD97TM2"], 10, 5, 5)
    # Vector tiles hold the features, whatever they look like.
    vectors = [Editions(replace(record, style=style), lineages({}), vector=True) for style in (plain, split)]
    assert len({editions.at(WEB, 18, *place_of(record, 18)[:2]) for editions in vectors}) == 1


def test_vector_tiles_of_layers_with_names_on_areas_are_of_another_edition(city: City) -> None:
    record = city.snapshot.layers["districts"]
    names = parse_style({"rules": [{"name": "a", "zoom": [17, None], "symbols": [{"text": {"field": "name"}}]}]})
    worn = replace(record, styles=(NamedStyle("names", names),))
    bare, named = (Editions(layer, lineages({}), vector=True) for layer in (record, worn))
    same = {}
    for z in (14, 15, 16):
        x, y, _ = place_of(record, z)
        same[z] = bare.at(WEB, z, x, y) == named.at(WEB, z, x, y)
    assert same == {14: True, 15: False, 16: False}


def test_vector_tiles_of_basemaps_are_of_what_is_asked_of_their_features(city: City) -> None:
    roads = city.snapshot.layers["roads"]

    def editions(deep: str, colour: str = "#123456") -> Editions:
        line = [{"line": {"colour": colour}}]
        shallow = {"name": "a", "filter": "name = '甲'", "symbols": line}
        style = parse_style(
            {"rules": [shallow, {"name": "b", "zoom": [15, None], "filter": f"name = '{deep}'", "symbols": line}]}
        )
        record = replace(city.snapshot.basemaps["base"], members=(BasemapMember(roads, style),))
        return Editions(record, lineages({}), vector=True)

    one, other, coloured = editions("乙"), editions("丙"), editions("乙", "#654321")
    places = {z: place_of(roads, z)[:2] for z in (12, 13, 16)}
    same = {z: one.at(WEB, z, *place) == other.at(WEB, z, *place) for z, place in places.items()}
    assert same == {12: True, 13: False, 16: False}
    # Colours are the client's.
    assert all(one.at(WEB, z, *place) == coloured.at(WEB, z, *place) for z, place in places.items())


def test_the_deepest_vector_tiles_are_also_of_what_is_drawn_deeper(city: City) -> None:
    districts = city.snapshot.layers["districts"]
    deep = parse_style({"rules": [{"name": "a", "zoom": [19, None], "symbols": [{"line": {"colour": "#123456"}}]}]})

    def edition(number: int, z: int) -> str:
        members = (BasemapMember(released(districts, number, None), deep),)
        record = replace(city.snapshot.basemaps["base"], members=members)
        return Editions(record, lineages({}), vector=True).at(WEB, z, *place_of(districts, z)[:2])

    assert edition(1, 16) != edition(2, 16)
    assert edition(1, 15) == edition(2, 15)


def test_a_basemap_is_of_the_editions_of_the_members_that_reach_a_tile(city: City) -> None:
    layers = city.snapshot.layers
    districts, roads = layers["districts"], layers["roads"]
    x, y, number = place_of(districts)
    far = replace(roads, release=replace(roads.release, extent=BoundingBox(121.5, 25.0, 121.6, 25.1)))
    base = replace(city.snapshot.basemaps["base"], members=())

    def edition(*members: LayerRecord, known: Lineages | None = None) -> str:
        record: BasemapRecord = replace(base, members=tuple(BasemapMember(layer, layer.style) for layer in members))
        return Editions(record, known or lineages({})).at(WEB, Z, x, y)

    assert edition(districts) == edition(districts, far)
    assert edition(districts) != edition(districts, roads) != edition(roads, districts)
    assert edition(districts, far) == edition(districts, released(far, 2, None))
    changed = released(districts, 2, 1)
    untouched, touched = (lineages({2: Step(1, 4, packed(n))}) for n in (number + 1, number))
    assert edition(changed, known=untouched) == edition(released(districts, 1, None)) != edition(changed, known=touched)


@given(
    footprints=st.lists(st.sets(st.integers(0, 40)), min_size=1, max_size=6),
    metatile=st.integers(0, 40),
)
def test_effective_releases_are_those_of_the_definition(footprints: list[set[int]], metatile: int) -> None:
    """Release 1 has no predecessor; the others follow one another with the footprints given."""
    steps = {number: Step(number - 1, 4, packed(*ids)) for number, ids in enumerate(footprints, 2)}
    current = len(footprints) + 1
    expected = max([1, *(number for number, ids in enumerate(footprints, 2) if metatile in ids)])
    assert chain_of(steps, current, 4).effective_release(metatile) == expected


@given(st.lists(st.sets(st.integers(0, 2**40)), min_size=1, max_size=5))
def test_packed_sets_are_united(sets: list[set[int]]) -> None:
    assert set(unpack_metatiles(unite_packed([packed(*ids) for ids in sets]))) == set().union(*sets)
