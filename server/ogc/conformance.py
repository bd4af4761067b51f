"""What OGC API implements, as requirement classes: static and true."""

from __future__ import annotations

_SPEC = "http://www.opengis.net/spec"
CLASSES = (
    f"{_SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/landing-page",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/json",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/html",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/html",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{_SPEC}/cql2/1.0/conf/cql2-text",
    f"{_SPEC}/cql2/1.0/conf/cql2-json",
    f"{_SPEC}/cql2/1.0/conf/basic-cql2",
    f"{_SPEC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{_SPEC}/cql2/1.0/conf/case-insensitive-comparison",
    f"{_SPEC}/cql2/1.0/conf/accent-insensitive-comparison",
    f"{_SPEC}/cql2/1.0/conf/basic-spatial-functions",
    f"{_SPEC}/cql2/1.0/conf/basic-spatial-functions-plus",
    f"{_SPEC}/cql2/1.0/conf/spatial-functions",
    f"{_SPEC}/cql2/1.0/conf/property-property",
    f"{_SPEC}/cql2/1.0/conf/arithmetic",
    f"{_SPEC}/ogcapi-features-5/1.0/conf/schemas",
    f"{_SPEC}/ogcapi-features-5/1.0/conf/core-roles-features",
    f"{_SPEC}/ogcapi-features-5/1.0/conf/returnables-and-receivables",
    f"{_SPEC}/ogcapi-features-5/1.0/conf/queryables",
    # OGC API – Styles is a draft (OGC 20-009), whose classes have the version 0.0 until it is adopted.
    f"{_SPEC}/ogcapi-styles-1/0.0/conf/core",
    f"{_SPEC}/ogcapi-styles-1/0.0/conf/html",
    f"{_SPEC}/ogcapi-styles-1/0.0/conf/mapbox-styles",
    f"{_SPEC}/ogcapi-styles-1/0.0/conf/sld-11",
    f"{_SPEC}/ogcapi-styles-1/0.0/conf/style-info",
)


def conformance() -> dict[str, list[str]]:
    """Return the declaration."""
    return {"conformsTo": list(CLASSES)}
