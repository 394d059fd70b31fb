# SPDX-License-Identifier: ISC
"""The benchmarks' picture: a bar for each row and peer, from 1 (even) on a log scale, to the right
where Kinglet is better. Called by report; plain SVG, whose colours follow the reader's light or dark
setting where the viewer knows it."""

import math
from html import escape

WIDTH = 960
LEFT, RIGHT = 340, 880  # of the field of bars; the titles of rows stand left of it
BAR, GAP, HEAD = 13, 12, 40
TOP = 124

# Services with a colour of their own; the others share one.
SERVICES = ("nsd", "knot")
STYLE = """
svg { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12px }
.paper { fill: #ffffff } text { fill: #24292f } .faint, .faint text { fill: #57606a }
.title { font-size: 19px; font-weight: 600 } .section { font-size: 14px; font-weight: 600 }
.grid { stroke: #d8dee4; stroke-width: 1 } .even { stroke: #24292f; stroke-width: 1.5 }
.nsd { fill: #1f6feb } .nsd2 { fill: #8bbcff } .knot { fill: #8250df } .knot2 { fill: #cba9f7 }
.plain { fill: #1a7f5a } .plain2 { fill: #7fcfae } .value { font-size: 11px }
.behind { stroke: #cf222e; stroke-width: 2 } text.worse { fill: #cf222e; font-weight: 600 }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } text { fill: #e6edf3 } .faint, .faint text { fill: #9198a1 }
.grid { stroke: #2b323b } .even { stroke: #e6edf3 }
.nsd { fill: #388bfd } .nsd2 { fill: #a5d0ff } .knot { fill: #a371f7 } .knot2 { fill: #ddc7ff }
.plain { fill: #2ea477 } .plain2 { fill: #9be3c6 } .behind { stroke: #ff7b72 } text.worse { fill: #ff7b72 }
}
"""


def class_of(guest):
    """A peer's class, which is its colour: of its service, paler with a cloud kernel."""
    parts = guest.split("-")
    service = next((part for part in parts if part in SERVICES), "plain")
    return service + ("2" if parts[-1] == "cloud" else "")


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def chosen(results, clocks):
    """Of each row the first clock that there is, where it has a ratio or lacks one that it should have."""
    rows = {}
    for result in sorted(results, key=lambda r: list(clocks).index(r["clock"]) if r["clock"] else 9):
        if result["clock"] and result["better"] and result["peers"]:
            rows.setdefault(result["row"], result)
    return [r for r in results if rows.get(r["row"]) is r]


class Scale:
    """Ratios to places: a log scale which has all of them, and 1."""

    def __init__(self, ratios):
        least = min([1, *ratios])
        self.low = math.log10(least) - 0.02 if least < 1 else 0
        self.high = math.ceil(math.log10(max([10, *ratios])) * 4 + 0.2) / 4

    def at(self, ratio):
        return LEFT + (math.log10(ratio) - self.low) / (self.high - self.low) * (RIGHT - LEFT)

    def marks(self):
        steps = [step * 10**power for power in range(-6, 10) for step in (1, 2, 5)]
        wide = self.high - self.low > 3.5
        inside = [s for s in steps if self.low - 1e-9 <= math.log10(s) <= self.high]
        return [s for s in inside if not wide or f"{s:e}".startswith("1")]


def draw_scale(scale, y, bottom):
    """The grid, with its numbers above."""
    out = []
    for mark in scale.marks():
        x = scale.at(mark)
        kind = "even" if mark == 1 else "grid"
        out.append(f'<line x1="{x:.1f}" y1="{y + 6}" x2="{x:.1f}" y2="{bottom}" class="{kind}"/>')
        out.append(text(x, y, f"{mark:,g}×", "faint value", "middle"))
    return out


def draw_bar(cell, scale, y, times):
    """One peer: its bar with the ratio at its end, or that it is missing."""
    even = scale.at(1)
    if "ratio" not in cell:
        why = "missing" if cell["missing"] else "no ratio"
        return [text(even + 5, y + BAR - 3, f"{cell['label']}: {why}", "faint value")]
    ratio = cell["ratio"]
    end = scale.at(ratio)
    behind = " behind" if ratio < 1 else ""
    x, width = min(even, end), max(abs(end - even), 1)
    bar = f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR - 2}" rx="1.5" class="{class_of(cell["guest"])}{behind}">'
    bar += f"<title>{escape(cell['label'])}: {times}</title></rect>"
    words = times + (" (ranges overlap)" if cell["overlap"] else "")
    # Behind, the place left of the bar is the row's title's; right of 1 there is room.
    return [bar, text(max(even, end) + 5, y + BAR - 3, words, "value worse" if behind else "value")]


def draw_row(result, scale, y):
    """A row's title and bars; the y below them."""
    height = len(result["peers"]) * BAR
    out = [text(LEFT - 14, y + height / 2 + 3, result["title"], "", "end")]
    for i, cell in enumerate(result["peers"]):
        out += draw_bar(cell, scale, y + i * BAR, cell.get("times", "").replace("x", "×"))
    return out, y + height + GAP


def draw_rows(rows, scale, clocks):
    """All rows below their sections' headings; the y below them."""
    out, y, last = [], TOP, None
    for result in rows:
        here = (result["section"], result["clock"])
        if here != last:
            y += HEAD
            out.append(text(24, y - 14, result["section"], "section"))
            out.append(text(WIDTH - 24, y - 14, clocks[result["clock"]], "faint", "end"))
            last = here
        more, y = draw_row(result, scale, y)
        out += more
    return out, y


def draw_legend(rows):
    """Which colour is which peer."""
    out, x = [], 24
    peers = dict.fromkeys((class_of(p["guest"]), p["label"]) for r in rows for p in r["peers"])
    for kind, label in peers:
        out.append(f'<rect x="{x}" y="77" width="14" height="12" rx="2" class="{kind}"/>')
        out.append(text(x + 20, 87, label))
        x += 42 + 7 * len(label)
    return out


def draw(results, clocks):
    """The picture as SVG text. RESULTS as report makes them; CLOCKS in order of preference, with words."""
    rows = chosen(results, clocks)
    scale = Scale([p["ratio"] for r in rows for p in r["peers"] if "ratio" in p])
    bars, bottom = draw_rows(rows, scale, clocks)
    height = bottom + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">']
    out.append(f"<style>{STYLE}</style>")
    out.append(f'<rect width="{WIDTH}" height="{height}" rx="8" class="paper"/>')
    out.append(text(24, 36, "Kinglet against Linux guests on the same Xen", "title"))
    out.append(text(24, 58, "How many times better Kinglet is, in each row; log scale. Left of 1×: Kinglet is behind.", "faint"))
    out += draw_legend(rows) + draw_scale(scale, TOP - 8, bottom) + bars
    if not rows:
        out.append(text(24, TOP + 24, "Nothing was measured."))
    return "\n".join(out) + "\n</svg>\n"
