"""Names of small firms in running text."""

from __future__ import annotations

import pytest

from monitoring.match import FirmNames, build_profile, match, strip_legal_form

MOSER = FirmNames(
    name="Tischlerei Moser e.U.",
    aliases=("@tischlerei.moser",),
    domains=("https://www.tischlerei-moser.at/",),
    people=("Johann Moser",),
    places=("Linz",),
)
WEISS = FirmNames(name="Müller-Weiß Ges.m.b.H. & Co KG")
BLITZ = FirmNames(name="BlitzBau24 GmbH")
LINDE = FirmNames(name="Linde OG", exclude=("Baum",))

_LEGAL_FORMS = [
    ("Tischlerei Moser e.U.", "tischlerei moser"),
    ("Huber GmbH", "huber"),
    ("Huber Ges.m.b.H. & Co KG", "huber"),
    ("Huber GmbH & Co. KG", "huber"),
    ("Zirbenglanz Naturmöbel KG", "zirbenglanz naturmoebel"),
    ("Autohaus Auer AG", "autohaus auer"),
    ("Gruber & Co", "gruber"),
    ("AG", "ag"),
]


@pytest.mark.parametrize(("name", "bare"), _LEGAL_FORMS)
def test_legal_form_comes_off(name: str, bare: str) -> None:
    assert strip_legal_form(name) == bare


_MEANT = [
    (MOSER, "Die Tischlerei Moser hat zu."),
    (MOSER, "TISCHLEREI MOSER"),
    (MOSER, "tischlerei moser hat zu"),
    (MOSER, "Tischlerei Moser e.U., Linz"),
    (MOSER, "die Moser-Tischlerei in Linz"),
    (MOSER, "Der Tischler Moser aus Linz"),
    (MOSER, "Tischlermeister Johann Moser"),
    (MOSER, "Tischlerei Mosers neue Werkstatt"),
    (MOSER, "Tischlerei Mooser"),
    (MOSER, "Danke @tischlereimoser"),
    (MOSER, "#tischlereimoser"),
    (MOSER, "mail an office@tischlerei-moser.at"),
    (MOSER, "siehe https://www.tischlerei-moser.at/kontakt"),
    (MOSER, "Die Mosertischlerei baut Küchen"),
    (WEISS, "Bei Mueller-Weiss gekauft"),
    (WEISS, "Müller-Weiss GmbH"),
    (BLITZ, "BlitzBau24 hat geliefert"),
    (LINDE, "Die Linde OG hat zugesperrt"),
]
_NOT_MEANT = [
    (MOSER, "Die Fleischerei Moser hat zu."),
    (MOSER, "Trainer Moser stellt um."),
    (MOSER, "Hans Moser, der Schauspieler"),
    (MOSER, "Die Tischlerei Huber hat zu."),
    (MOSER, "Die Tischlerei Moser in Graz brennt."),
    (MOSER, "fleischerei-moser.at"),
    (MOSER, "nichtdietischlerei-moser.at"),
    (MOSER, ""),
    (WEISS, "Ich weiß, dass Müller weiß"),
    (LINDE, "Die Linde im Park ist ein alter Baum."),
    (LINDE, "Der Schmerz ist linde."),
]


@pytest.mark.parametrize(("firm", "text"), _MEANT, ids=[row[1] for row in _MEANT])
def test_means_the_firm(firm: FirmNames, text: str) -> None:
    assert match(build_profile(firm), text).relevance >= 0.5


@pytest.mark.parametrize(("firm", "text"), _NOT_MEANT, ids=[row[1] for row in _NOT_MEANT])
def test_means_somebody_else(firm: FirmNames, text: str) -> None:
    assert match(build_profile(firm), text).relevance < 0.5


def test_a_common_name_gains_with_every_sign_of_the_firm() -> None:
    profile = build_profile(MOSER)
    alone = match(profile, "Moser kommt morgen.").relevance
    placed = match(profile, "Moser aus Linz kommt morgen.").relevance
    both = match(profile, "Moser aus Linz bringt die Küche morgen.").relevance
    assert 0 < alone < placed < both < 1


def test_the_reason_points_at_the_name() -> None:
    text = "Gestern bei der Tischlerei Moser gewesen"
    found = match(build_profile(MOSER), text)
    reason = found.reasons[0]
    assert text[reason.start : reason.end] == reason.text == "Tischlerei Moser"
    assert [text[start:end] for start, end in found.spans] == ["Tischlerei", "Moser"]
