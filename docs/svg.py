"""Boxes and arrows as SVG text, for light and for dark pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import shorten

LETTER = 6.2  # mean width of a letter of a line [px]
HEAD = 11  # length of an arrow's head [px]
# Most imports of a step, and the width of its arrows [px]; steps, so that one import more does not change the picture.
STEPS = ((2, 1.2), (5, 2.0), (12, 3.2), (30, 4.6), (10**6, 6.4))
STYLE = """
  .page { fill: #ffffff } .panel { fill: #f3f5f8; stroke: #c4ccd6 } .room { fill: #ffffff; stroke: #8c959f }
  text { font-family: system-ui, "DejaVu Sans", sans-serif; fill: #1f2328; font-size: 12px }
  .title { font-weight: bold; font-size: 14px } .quiet { fill: #59636e }
  .arrow { fill: none } .within { stroke: #7d8794 } .across { stroke: #1f6fd0 } .forbidden { stroke: #d1242f }
  .within-head { fill: #7d8794 } .across-head { fill: #1f6fd0 } .forbidden-head { fill: #d1242f }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .panel { fill: #161b22; stroke: #3d444d } .room { fill: #21262d; stroke: #656c76 }
    text { fill: #e6edf3 } .quiet { fill: #a5adb8 }
    .within { stroke: #8b949e } .across { stroke: #4d9bff } .forbidden { stroke: #ff6a69 }
    .within-head { fill: #8b949e } .across-head { fill: #4d9bff } .forbidden-head { fill: #ff6a69 }
  }
"""


@dataclass(frozen=True)
class Box:
    """A rectangle [px]."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


def text(x: float, y: float, words: str, style: str = "", anchor: str = "middle") -> str:
    """Write a line; `y` is its base line."""
    return f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def panel(box: Box, title: str, caption: str) -> list[str]:
    """Draw a floor with its name and caption at the top left; a caption without room is cut."""
    caption = shorten(caption, int((box.width - 30 - 9 * len(title)) / LETTER), placeholder=" …")
    name = f'<tspan class="title">{escape(title)}</tspan><tspan dx="10" class="quiet">{escape(caption)}</tspan>'
    return [_rectangle(box, "panel"), f'<text x="{box.x + 12:g}" y="{box.y + 22:g}">{name}</text>']


def room(box: Box, title: str, facts: Sequence[str]) -> list[str]:
    """Draw a room with its name and some lines about it, centered."""
    x, y = box.middle
    first = y - 8 * len(facts) + 4
    lines = [text(x, first + 16 * n, fact, "quiet") for n, fact in enumerate(facts, 1)]
    return [_rectangle(box, "room"), text(x, first, title, "title"), *lines]


def arrow(points: Sequence[tuple[float, float]], n: int, kind: str, title: str) -> str:
    """Draw an arrow for `n` imports along points; it ends in the last one, and three points make a curve.

    Parameters
    ----------
    kind
        `within` a floor, `across` floors, or `forbidden`.
    """
    *before, (x, y) = points
    dx, dy = x - before[-1][0], y - before[-1][1]
    length = (dx**2 + dy**2) ** 0.5
    end = (x - HEAD * dx / length, y - HEAD * dy / length)
    start, *rest = (f"{a:g} {b:g}" for a, b in (*before, end))
    curve = f"Q{' '.join(rest)}" if len(points) == 3 else f"L{' '.join(rest)}"
    width = next(width for most, width in STEPS if n <= most)
    return (
        f'<path class="arrow {kind}" stroke-width="{width}" marker-end="url(#{kind}-head)" d="M{start} {curve}">'
        f"<title>{escape(title)}</title></path>"
    )


def legend(x: float, y: float) -> list[str]:
    """Draw what the widths of arrows mean."""
    parts = [text(x, y + 4, "imports:", "quiet", "start")]
    lowest = 1
    for number, (most, width) in enumerate(STEPS):
        left = x + 70 + 110 * number
        words = f"{lowest} to {most}" if number + 1 < len(STEPS) else f"{lowest} or more"
        parts.append(f'<path class="arrow within" stroke-width="{width}" d="M{left:g} {y:g} h30"/>')
        parts.append(text(left + 38, y + 4, words, "quiet", "start"))
        lowest = most + 1
    return parts


def document(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Give the whole file."""
    heads = (
        f'<marker id="{kind}-head" class="{kind}-head" markerUnits="userSpaceOnUse" markerWidth="{HEAD}" '
        f'markerHeight="14" refX="0" refY="7" orient="auto"><path d="M0 0 L{HEAD} 7 L0 14 z"/></marker>'
        for kind in ("within", "across", "forbidden")
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f"<defs>{''.join(heads)}</defs>",
            f'<rect class="page" width="{width}" height="{height}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _rectangle(box: Box, style: str) -> str:
    return f'<rect class="{style}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="6"/>'
