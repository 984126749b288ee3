"""Images of a camera of one's own, in the layout that stands beside its YAML."""

from ingest.cameras.camera import own_definition
from ingest.cameras.own import own_module
from pipeline.errors import BadInput
from pipeline.layouts.layout import Source
from pipeline.pixels.exposure import Exposure


def own(source: Source) -> Exposure:
    """Make an exposure with the function ``layout`` of the camera's Python file."""
    definition = own_definition(source.observation.instrument)
    layout = getattr(own_module(definition), "layout", None)
    if layout is None:
        raise BadInput(f"there is no function layout(source) in {definition.with_suffix('.py').name}: write it")
    made = layout(source)
    if not isinstance(made, Exposure):
        raise BadInput(f"layout(source) in {definition.with_suffix('.py').name} gives no Exposure: correct it")
    return made
