"""What of a catalog is compared: where position and flux of a row stand."""

from dataclasses import dataclass

from schema.catalog.definition import Definition, definition, names, sql_name

AB = 31.4  # magnitude of 1 nJy


@dataclass(frozen=True)
class Places:
    """Columns of a catalog in SQL; a catalog without a PSF flux is compared by position alone."""

    catalog: str
    ra: str
    dec: str
    flux: str | None


def positioned() -> dict[str, Places]:
    """Give the catalogs whose rows have a position."""
    found = (_places(definition(name)) for name in names())
    return {places.catalog: places for places in found if places}


def _places(catalog: Definition) -> Places | None:
    main = {column.ucd: sql_name(column) for column in catalog.columns}
    ra, dec = main.get("pos.eq.ra;meta.main"), main.get("pos.eq.dec;meta.main")
    flux = next((sql_name(column) for column in catalog.columns if column.name == "psfFlux"), None)
    return Places(catalog.name, ra, dec, flux) if ra and dec else None
