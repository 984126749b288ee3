"""The catalog tables of the one MetaData."""

from schema.base import metadata
from schema.catalog.definition import definition, sql_table

visit = sql_table(definition("visit"), metadata)
visit_detector = sql_table(definition("visit_detector"), metadata)
source = sql_table(definition("source"), metadata)
reference_star = sql_table(definition("reference_star"), metadata)
forced_source = sql_table(definition("forced_source"), metadata)
truth_object = sql_table(definition("truth_object"), metadata)
truth_source = sql_table(definition("truth_source"), metadata)
truth_detector = sql_table(definition("truth_detector"), metadata)
truth_crosstalk = sql_table(definition("truth_crosstalk"), metadata)
