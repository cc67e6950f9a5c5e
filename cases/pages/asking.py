"""One question at a time: what still decides is asked, what was answered stays in sight.

The pages of the intake and of the coverage use it, each under a ``scope`` of its own. The
answers live in the session until a form of the page writes them down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from cases import coverage, coverage_text, existence, questions, words
from cases.coverage import Decision
from cases.desk import Desk
from cases.pages import parts
from cases.questions import NONE, UNKNOWN, Asked, Given
from data import formats, now, reference
from data.i18n import N_, _

_REQUESTS = (
    "media_relations", "statement", "partner_letter", "social_media", "specialist_appointment",
    "replacement_help", "advertising", "lawyer", "hardware", "software", "data_restoration",
)  # fmt: skip
_SHORTCUTS = {"yes": "j", "no": "n", "unknown": "u"}
_SIDE_QUESTIONS = {
    "suspected": (N_("Nur ein Verdacht?"), "NA-04"),
    "data_loss": (N_("Sind Daten abgeflossen?"), "EX-01b"),
    "recurring": (N_("Schon einmal da oder angekündigt?"), "NA-28"),
}


# --- the answers of a scope -----------------------------------------------------------------------


def given(scope: str) -> dict[str, Given]:
    """The answers of a scope, in the order in which they were given."""
    held: dict[str, Given] = st.session_state.setdefault(f"given:{scope}", {})
    return held


def put(scope: str, answers: Mapping[str, Given]) -> None:
    """Replace the answers of a scope."""
    st.session_state[f"given:{scope}"] = dict(answers)


def forget(scope: str) -> None:
    """Start a scope anew."""
    for key in (f"given:{scope}", f"editing:{scope}"):
        st.session_state.pop(key, None)


def _editing(scope: str) -> str:
    return str(st.session_state.get(f"editing:{scope}", ""))


# --- one question -------------------------------------------------------------------------------


def ask(desk: Desk, scope: str, settings: Mapping[str, str]) -> None:
    """The question that is next, or the answer that is being changed; then what was said."""
    answers = given(scope)
    editing = _editing(scope)
    pending = questions.pending(answers, settings)
    if editing:
        _question(desk, scope, _own(editing))
    elif pending:
        _question(desk, scope, pending[0])
        if len(pending) > 1:
            parts.note(
                _("Danach höchstens noch: {titles}").format(
                    titles=", ".join(_(questions.TITLES[each.name]) for each in pending[1:])
                )
            )
    else:
        _nothing_to_ask(questions.decide(answers, settings))
    _answered(desk, scope)


def _nothing_to_ask(decision: Decision) -> None:
    if decision.result is coverage.Verdict.CLARIFY:
        parts.note(_("Alles gefragt, was noch entscheidet. Was offen ist, sagt die Entscheidung."))
        return
    parts.note(
        _("Das Ergebnis steht fest: {result}. Für die Deckung ist nichts mehr zu fragen.").format(
            result=formats.coverage(decision.result.value, decision.limb)
        )
    )


def _own(name: str) -> Asked:
    """The question of an answer that is being changed."""
    paths = {
        "kinds": "it_events",
        "existence": "existence_threat",
        "existence_evidence": "evidence",
    }
    if name == "existence_by":
        return Asked(name, _("Wer hat das beurteilt?"), "NA-27")
    asked, rule = coverage_text.QUESTIONS[paths.get(name, name)]
    return Asked(name, _(asked), rule)


def _question(desk: Desk, scope: str, asked: Asked) -> None:
    quote = coverage_text.quote(asked.rule)
    st.html(
        f'<p class="kp-verdict">{parts.escape(asked.question)}</p>'
        f'<p class="kp-note">{parts.escape(asked.rule)}: „{parts.escape(quote)}“</p>'
    )
    with st.container(key=f"{scope}_{asked.name}"):
        _INPUTS.get(asked.name, _yes_no)(desk, scope, asked.name)
    if _editing(scope) and st.button(
        _("Nicht ändern"), key=f"{scope}_keep", type="tertiary", icon=":material/undo:"
    ):
        st.session_state.pop(f"editing:{scope}")
        st.rerun()


def _take(scope: str, name: str, value: tuple[str, ...], reason: str = "") -> None:
    with parts.attempt():
        put(scope, questions.answer(given(scope), name, value, now(), reason))
    st.session_state.pop(f"editing:{scope}", None)
    st.rerun()


def _choices(
    scope: str, name: str, options: Mapping[str, str], reason: Callable[[], str] = str
) -> None:
    """One button an answer; yes, no and unknown by a key as well."""
    chosen = ""
    with st.container(horizontal=True, key=f"{scope}_{name}_choices"):
        for value, shown in options.items():
            if st.button(shown, key=f"{scope}_{name}_{value}", shortcut=_SHORTCUTS.get(value)):
                chosen = value
    if chosen:
        _take(scope, name, (chosen,), reason())


def _yes_no(_desk: Desk, scope: str, name: str) -> None:
    _choices(scope, name, {each: words.three(each) for each in ("yes", "no", "unknown")})


def _with_reason(_desk: Desk, scope: str, name: str) -> None:
    """Yes or no with what shows it (NA-03)."""
    known = given(scope).get(name)
    reason = st.text_input(
        _("Woran zeigt sich das? Ein Satz genügt."),
        value=known.reason if known else "",
        key=f"{scope}_{name}_reason",
    )
    _choices(
        scope,
        name,
        {each: words.three(each) for each in ("yes", "no", "unknown")},
        lambda: str(reason),
    )


def _kinds(_desk: Desk, scope: str, name: str) -> None:
    known = given(scope).get(name)
    offered = [kind.value for kind in coverage.EventKind]
    chosen = st.pills(
        _("IT-Notfall (auch Verdacht genügt, NA-04)"),
        offered,
        selection_mode="multi",
        default=[each for each in known.value if each in offered] if known else [],
        format_func=words.incident_kind,
        key=f"{scope}_kinds_chosen",
    )
    taken: tuple[str, ...] = ()
    with st.container(horizontal=True, key=f"{scope}_kinds_choices"):
        if st.button(_("Weiter"), key=f"{scope}_kinds_next", disabled=not chosen, shortcut="w"):
            taken = tuple(chosen)
        if st.button(_("kein IT-Notfall"), key=f"{scope}_kinds_none", shortcut="n"):
            taken = NONE
        if st.button(words.three("unknown"), key=f"{scope}_kinds_unknown", shortcut="u"):
            taken = UNKNOWN
    if taken:
        _take(scope, name, taken)


def _device(_desk: Desk, scope: str, name: str) -> None:
    options = {each.value: words.device(each.value) for each in coverage.Device}
    _choices(scope, name, {**options, "unknown": words.three("unknown")})


def _runs_on(_desk: Desk, scope: str, name: str) -> None:
    options = {value: register_word(value) for value in ("own_device", "pc", "laptop")}
    _choices(scope, name, {**options, "unknown": words.three("unknown")})


def _claim(_desk: Desk, scope: str, name: str) -> None:
    options = {each.value: claim_word(each.value) for each in coverage.Claim}
    _choices(scope, name, {**options, "unknown": words.three("unknown")})


def _allegation(_desk: Desk, scope: str, name: str) -> None:
    known = given(scope).get(name)
    medium, said = known.value if known and len(known.value) == 2 else ("", "")
    one, two = st.columns(2)
    with one:
        medium = st.text_input(_("Medium, Fundstelle"), value=medium, key=f"{scope}_medium")
    with two:
        said = st.text_input(_("Vorwurf"), value=said, key=f"{scope}_allegation")
    taken: tuple[str, ...] = ()
    with st.container(horizontal=True, key=f"{scope}_allegation_choices"):
        if st.button(_("Vorwurf festhalten"), key=f"{scope}_allegation_yes"):
            taken = (medium, said)
        if st.button(_("kein Vorwurf in Medien"), key=f"{scope}_allegation_no", shortcut="n"):
            taken = NONE
        if st.button(words.three("unknown"), key=f"{scope}_allegation_unknown", shortcut="u"):
            taken = UNKNOWN
    if taken:
        _take(scope, name, taken)


def _existence(_desk: Desk, scope: str, name: str) -> None:
    parts.note(_("Ein Ja zählt nur von denen, die darüber entscheiden (U-08)."))
    _choices(scope, name, {value: existence_word(value) for value in ("yes", "no", "open")})


def _evidence(_desk: Desk, scope: str, name: str) -> None:
    known = given(scope).get(name)
    written = st.text_area(
        _("Belege dafür, einer je Zeile (Stornos, Umsatz, Kündigungen)"),
        value="\n".join(known.value) if known and known.value != UNKNOWN else "",
        key=f"{scope}_evidence",
        height=80,
    )
    taken: tuple[str, ...] = ()
    with st.container(horizontal=True, key=f"{scope}_evidence_choices"):
        if st.button(_("Belege festhalten"), key=f"{scope}_evidence_next"):
            taken = tuple(line.strip() for line in written.splitlines() if line.strip()) or ("",)
        if st.button(_("noch keine"), key=f"{scope}_evidence_unknown", shortcut="u"):
            taken = UNKNOWN
    if taken:
        _take(scope, name, taken)


def _assessor(_desk: Desk, scope: str, name: str) -> None:
    _choices(scope, name, {each: existence.assessor_word(each) for each in existence.ASSESSORS})


_INPUTS: dict[str, Callable[[Desk, str, str], None]] = {
    "kinds": _kinds,
    "device": _device,
    "runs_on": _runs_on,
    "claim": _claim,
    "sudden": _with_reason,
    "unforeseeable": _with_reason,
    "media_allegation": _allegation,
    "existence": _existence,
    "existence_evidence": _evidence,
    "existence_by": _assessor,
}


# --- what was said --------------------------------------------------------------------------------


def _answered(desk: Desk, scope: str) -> None:
    """The answers with their times, each changeable; the newest on top."""
    said = {name: each for name, each in given(scope).items() if name in _CHANGEABLE}
    if not said:
        return
    parts.section(_("Gesagt"))
    for name, each in reversed(said.items()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"{scope}_said_{name}"):
            st.html(
                f"<span><b>{parts.escape(_(questions.TITLES[name]))}</b>"
                f" {parts.escape(answer_line(name, each))}"
                f' <span class="kp-quiet">{parts.escape(_at(desk, each))}</span></span>'
            )
            if st.button(_("ändern"), key=f"{scope}_change_{name}", type="tertiary"):
                st.session_state[f"editing:{scope}"] = name
                st.rerun()


def _at(desk: Desk, each: Given) -> str:
    return formats.short_moment(each.at, desk.now)


def answer_line(name: str, each: Given) -> str:
    """An answer in words, with its reason."""
    said = answer_word(name, each.value)
    return f"{said}: {each.reason}" if each.reason else said


def answer_word(name: str, value: tuple[str, ...]) -> str:
    """The words of one answer."""
    if value == UNKNOWN:
        return words.three("unknown")
    if value == NONE:
        return _("keiner")
    if name == "media_allegation":
        return " – ".join(each for each in value if each)
    if name == "existence_evidence":
        return "; ".join(value)
    return ", ".join(_WORDS.get(name, words.three)(each) for each in value)


def register_word(name: str) -> str:
    """What a cash register runs on."""
    return {
        "own_device": _("einem eigenen Gerät"),
        "pc": _("einem PC"),
        "laptop": _("einem Laptop"),
    }[name]


def claim_word(value: str) -> str:
    """What is known about the claim."""
    return {
        "false": _("unwahr"),
        "true": _("wahr"),
        "opinion": _("eine Meinung"),
        "unverified": _("ungeprüft"),
    }[value]


def existence_word(value: str) -> str:
    """Whether the firm's existence is endangered."""
    return {"open": _("noch offen (U-08)"), "yes": _("ja"), "no": _("nein")}[value]


def request_word(name: str) -> str:
    """What the caller asks for; a word of the caller's own stays as it is."""
    entry = reference.load("benefits").get(name)
    return coverage_text.label(entry) if entry else name


_WORDS: dict[str, Callable[[str], str]] = {
    "kinds": words.incident_kind,
    "device": words.device,
    "runs_on": register_word,
    "claim": claim_word,
    "existence": existence_word,
    "existence_by": existence.assessor_word,
    "requested": request_word,
}
_CHANGEABLE = tuple(name for name in questions.TITLES if name not in (*questions.SIDE, "requested"))


# --- beside the coverage --------------------------------------------------------------------------


def side(scope: str) -> None:
    """What decides no coverage but a clock, a status, a warning; and what the firm wants."""
    known = given(scope)
    parts.section(_("Außerdem"))
    incident = known.get("kinds")
    asked = questions.SIDE if incident and incident.value not in (NONE, UNKNOWN) else ("recurring",)
    for column, name in zip(st.columns(len(asked)), asked, strict=True):
        question, rule = _SIDE_QUESTIONS[name]
        # What is shown is what is held, also after answers were dropped or read anew.
        st.session_state[f"{scope}_{name}"] = known[name].one if name in known else "unknown"
        with column:
            st.segmented_control(
                _(question),
                ("unknown", "yes", "no"),
                format_func=words.three,
                key=f"{scope}_{name}",
                help=f"{rule}: „{coverage_text.quote(rule)}“",
                required=True,
                on_change=_take_side,
                args=(scope, name),
            )
    wanted = known["requested"].value if "requested" in known else ()
    st.session_state[f"{scope}_requested"] = list(wanted)
    st.multiselect(
        _("Gewünschte Leistungen"),
        list(dict.fromkeys((*_REQUESTS, *wanted))),
        format_func=request_word,
        placeholder=_("was die Firma möchte"),
        key=f"{scope}_requested",
        on_change=_take_side,
        args=(scope, "requested"),
    )


def _take_side(scope: str, name: str) -> None:
    """A choice beside the coverage was made."""
    chosen = st.session_state[f"{scope}_{name}"]
    value = tuple(chosen) if name == "requested" else (str(chosen),)
    answers = given(scope)
    answers.pop(name, None)
    if value:
        answers[name] = Given(value, now())


# --- the decision -------------------------------------------------------------------------------


def show_verdict(result: str, limb: str | None, explanation: str) -> None:
    """The result in two words and the one sentence to read out."""
    shape, level = {"yes": ("●", "done"), "clarify": ("◑", "watch"), "no": ("○", "critical")}[
        result
    ]
    word = formats.coverage(result, limb)
    st.html(f'<p class="kp-verdict kp-{level}">{shape} {parts.escape(word)}</p>')
    parts.quote_block(explanation)


def show_rules(rules: list[dict[str, str]]) -> None:
    """Rule ids with their words."""
    parts.rows([[rule["id"], f"„{rule['quote']}“"] for rule in rules], _("Regeln im Wortlaut"))


def show_around(decision: Decision) -> None:
    """Warnings, and who pays what is asked for."""
    if decision.warnings:
        parts.section(_("Zu beachten"))
        parts.rows(
            [[coverage_text.warning_text(code)] for code in decision.warnings], _("Zu beachten")
        )
    if decision.excluded:
        parts.section(_("Nicht aus dieser Leistung"))
        parts.rows(
            [
                [line.rule, line.label, payer_word(line.payer), _elsewhere(line.elsewhere)]
                for line in decision.excluded
            ],
            _("Ausgeschlossen"),
        )
    if decision.limited:
        parts.section(_("Eigene Grenze oder nur Vermittlung"))
        parts.rows(
            [[line.rule, line.label, _condition(line.condition)] for line in decision.limited],
            _("Eigene Grenze oder nur Vermittlung"),
        )


def payer_word(payer: str) -> str:
    """Who pays."""
    return {"insured": _("zahlt die Firma"), "insurer": _("trägt der Versicherer")}[payer]


def _elsewhere(rule: str) -> str:
    return _("allenfalls andere Polizze ({rule})").format(rule=rule) if rule else ""


def _condition(rule: str) -> str:
    if not rule:
        return _("eigene Grenze, nicht aus der Leistungsgrenze")
    return _("ohne Zusage: „{quote}“ ({rule})").format(quote=coverage_text.quote(rule), rule=rule)
