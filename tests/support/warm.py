"""What our processes are forked with: tasks whose code is digested, definitions that are read."""

from pipeline.code import code_digest
from pipeline.tasks import tasks
from schema.catalog.definition import definition, names

for task in tasks().values():
    code_digest(task)
for catalog in names():
    definition(catalog)
