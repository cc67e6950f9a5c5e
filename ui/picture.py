"""The picture of a case: what was said about the firm, and below each other what was done.

One time axis, one lane a source class and two for alarms and our own steps. Each lane carries
its words, so the picture needs no legend; all lanes of mentions have the same scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd

from data.i18n import _, ngettext
from data.times import local
from ui.palette import Palette
from ui.situation import Mark, Point, hour_of

_LANE_PIXELS = 50
_AXIS_PIXELS = 32
# Shares of a lane: the words stand above, the bars below.
_BAR_SHARE = 0.5
_WORDS_AT = 0.9
_SIGN_AT = 0.24
_ALERT, _RELEASE, _STEP = "▲", "■", "●"
_SIGN_SIZES = {_ALERT: 15, _RELEASE: 15, _STEP: 8}
# Midnight shows the day, every other tick the clock time.
_TICK_WORDS = (
    "hours(datum.value) == 0 ? timeFormat(datum.value, '%d.%m.') : timeFormat(datum.value, '%H:%M')"
)


@dataclass(frozen=True)
class _Lane:
    words: str
    bars: tuple[Point, ...] = ()
    signs: tuple[Mark, ...] = ()


def chart(
    points: list[Point], marks: list[Mark], since: datetime, until: datetime, colours: Palette
) -> alt.LayerChart | alt.FacetChart:
    """The lanes from ``since`` to ``until``; only those in which something happened."""
    lanes = [*_mention_lanes(points), *_mark_lanes(marks)]
    peak = max((point.count for point in points), default=1)
    placed = [(len(lanes) - 1 - number, lane) for number, lane in enumerate(lanes)]
    # Room at the right, so that a sign of this very minute is not cut in half.
    end = until + (until - since) / 40
    x = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=[_wall(since).isoformat(), _wall(end).isoformat()]),
        axis=alt.Axis(grid=False, labelExpr=_TICK_WORDS, tickCount=8, labelOverlap=True),
    )
    y_scale = alt.Scale(domain=[0, max(1, len(lanes))], nice=False)
    layers = [
        _days(since, until, colours),
        _bars(placed, peak, x, y_scale, colours),
        _ground(placed, y_scale, colours),
        *_signs(placed, x, y_scale, colours),
        _words(placed, y_scale, colours),
    ]
    return alt.layer(*layers).properties(height=len(lanes) * _LANE_PIXELS + _AXIS_PIXELS)


def _wall(moment: datetime) -> datetime:
    """The Viennese clock time without a zone, as the axis shows it."""
    return local(moment).replace(tzinfo=None)


def _class_word(source_class: str) -> str:
    return {
        "A": _("große Medien"),
        "B": _("regionale Medien"),
        "C": _("kleine Quellen"),
        "posting": _("Beiträge"),
    }[source_class]


def _mention_lanes(points: list[Point]) -> list[_Lane]:
    lanes = []
    for source_class in ("A", "B", "C", "posting"):
        bars = tuple(point for point in points if point.source_class == source_class)
        if bars:
            whole = sum(point.count for point in bars)
            most = max(point.count for point in bars)
            words = ngettext(
                "{source}: {count} Meldung",
                "{source}: {count} Meldungen, höchstens {most} je Stunde",
                whole,
            ).format(source=_class_word(source_class), count=whole, most=most)
            lanes.append(_Lane(words, bars=bars))
    return lanes


def _mark_lanes(marks: list[Mark]) -> list[_Lane]:
    alerts = tuple(mark for mark in marks if mark.kind == "alert")
    ours = tuple(mark for mark in marks if mark.kind != "alert")
    lanes = []
    if alerts:
        lanes.append(_Lane(_("▲ Alarme: {count}").format(count=len(alerts)), signs=alerts))
    if ours:
        lanes.append(_Lane(_("■ ausgesandt, ● andere Schritte von uns"), signs=ours))
    return lanes


def _bars(
    placed: list[tuple[int, _Lane]], peak: int, x: alt.X, y_scale: alt.Scale, colours: Palette
) -> alt.Chart:
    frame = pd.DataFrame(
        [
            {
                "at": hour_of(point.hour) + timedelta(minutes=5),
                "end": hour_of(point.hour) + timedelta(minutes=55),
                "low": base,
                "high": base + _BAR_SHARE * point.count / peak,
                "count": point.count,
                "source": _class_word(point.source_class),
            }
            for base, lane in placed
            for point in lane.bars
        ],
        columns=["at", "end", "low", "high", "count", "source"],
    )
    drawn: alt.Chart = (
        alt.Chart(frame)
        .mark_rect(color=colours.mentions, clip=True)
        .encode(
            x=x,
            x2="end:T",
            y=_y("low:Q", y_scale),
            y2="high:Q",
            tooltip=[
                alt.Tooltip("at:T", format="%d.%m. %H:00", title=_("Stunde")),
                alt.Tooltip("source:N", title=_("Quelle")),
                alt.Tooltip("count:Q", title=_("Meldungen")),
            ],
        )
    )
    return drawn


def _signs(
    placed: list[tuple[int, _Lane]], x: alt.X, y_scale: alt.Scale, colours: Palette
) -> list[alt.Chart]:
    """One layer a sign: the size of a text mark is the same within its layer."""
    rows: dict[str, list[dict[str, Any]]] = {_STEP: [], _RELEASE: [], _ALERT: []}
    for base, lane in placed:
        for mark in lane.signs:
            sign = {"alert": _ALERT, "release": _RELEASE}.get(mark.kind, _STEP)
            rows[sign].append(
                {"at": _wall(mark.at), "y": base + _SIGN_AT, "sign": sign, "text": mark.text}
            )
    return [
        alt.Chart(pd.DataFrame(found, columns=["at", "y", "sign", "text"]))
        .mark_text(
            fontSize=_SIGN_SIZES[sign],
            color=colours.alerts if sign == _ALERT else colours.ours,
        )
        .encode(
            x=x,
            y=_y("y:Q", y_scale),
            text="sign:N",
            tooltip=[
                alt.Tooltip("at:T", format="%d.%m. %H:%M", title=_("Zeit")),
                alt.Tooltip("text:N", title=_("Was")),
            ],
        )
        for sign, found in rows.items()
    ]


def _words(placed: list[tuple[int, _Lane]], y_scale: alt.Scale, colours: Palette) -> alt.Chart:
    frame = pd.DataFrame(
        [{"y": base + _WORDS_AT, "words": lane.words} for base, lane in placed],
        columns=["y", "words"],
    )
    drawn: alt.Chart = (
        alt.Chart(frame)
        .mark_text(align="left", baseline="top", fontSize=13, color=colours.words)
        .encode(x=alt.value(0), y=_y("y:Q", y_scale), text="words:N")
    )
    return drawn


def _ground(placed: list[tuple[int, _Lane]], y_scale: alt.Scale, colours: Palette) -> alt.Chart:
    """The zero of each lane."""
    frame = pd.DataFrame({"y": [float(base) for base, _lane in placed]})
    drawn: alt.Chart = (
        alt.Chart(frame).mark_rule(color=colours.lines, strokeWidth=1).encode(y=_y("y:Q", y_scale))
    )
    return drawn


def _days(since: datetime, until: datetime, colours: Palette) -> alt.Chart:
    """A hairline at each midnight."""
    midnight = _wall(since).replace(hour=0, minute=0, second=0, microsecond=0)
    days = range(1, (_wall(until) - midnight).days + 1)
    frame = pd.DataFrame({"at": [midnight + timedelta(days=day) for day in days]})
    frame["at"] = pd.to_datetime(frame["at"])
    drawn: alt.Chart = alt.Chart(frame).mark_rule(color=colours.lines, strokeWidth=1)
    return drawn.encode(x="at:T")


def _y(field: str, scale: alt.Scale) -> alt.Y:
    return alt.Y(field, title=None, axis=None, scale=scale)
