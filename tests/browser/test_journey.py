"""The garage, from the first call to the exported hours, as people at a browser do it.

One story in one test: each station stands on the one before. With KRISENPULT_KEEP_SCREENS
set, the stations' pictures under docs/screens/ are renewed (``make screens``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from access import settings
from access.actor import SYSTEM
from budget import store as budget_store
from cases import evidence, store
from data import now
from data.times import local
from monitoring import mentions
from tests.browser.conftest import DESKTOP, PASSWORD, PHONE, Served, keep_screen, settle, signed_in
from tests.servers.feeds import FeedServer, Item, rss
from tests.servers.smtp import Mailbox, mail_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMBER = "KP-2026-0001"
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


def fill(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it, so that the page takes it up."""
    field = page.get_by_label(label, exact=True).first
    field.fill(text)
    field.press("Tab")
    settle(page)


def tick(page: Page, key: str, answer: str) -> None:
    """Choose ``answer`` in the row of answers with this key."""
    page.locator(f".st-key-{key}").get_by_text(answer, exact=True).click()
    settle(page)


def choose(page: Page, box: Locator, option: str) -> None:
    """Open a select box and take ``option``."""
    box.locator("input").first.click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    settle(page)


def until(true: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def unfold(page: Page, title: str) -> None:
    folded = page.locator("details").filter(has=page.locator("summary", has_text=title)).first
    standing = 0
    # A part may fold once more while the page is still taking up the last action.
    while standing < 3:
        if folded.get_attribute("open") is None:
            folded.locator("summary").first.click()
            standing = 0
        else:
            standing += 1
        page.wait_for_timeout(200)
    settle(page)


def go(page: Page, served: Served, path: str) -> None:
    page.goto(f"{served.url}/{path}")
    page.locator(".kp-head").first.wait_for()
    settle(page)


def test_the_garage_from_call_to_export(
    browser: Browser, served: Served, feeds: FeedServer, mail: Mailbox
) -> None:
    db = served.home.db()
    settings.put(db, SYSTEM, "base_url", served.url)
    feed = feeds.publish(
        "tagblatt",
        rss(
            [
                Item(
                    "Cyber-Angriff auf Werkstätte Kfz Aigner",
                    "https://tagblatt.example/1",
                    summary="In der Werkstätte Kfz Aigner in Linz sind die Computer ausgefallen. "
                    "Ein Kunde wirft der Firma vor, seine Daten verloren zu haben.",
                ),
                Item("Straßensperre in Linz", "https://tagblatt.example/2", summary="Bauarbeiten."),
            ],
            title="Linzer Tagblatt",
        ),
    )
    desk = browser.new_context(viewport=DESKTOP, locale="de-AT", timezone_id="Europe/Vienna")
    page = desk.new_page()
    sign_in(page, served)
    open_case(page)
    facts(page, served)
    watch(page, served, feed)
    capture_by_hand(page, served)
    write_and_approve(page, browser, served)
    send_letter(page, browser, served, mail)
    hours(page, served)
    export(browser, served)
    go(page, served, "lage")
    keep_screen(page, "01-lage")
    desk.close()


def sign_in(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.get_by_role("heading", name="Krisenpult")).to_be_visible()
    page.get_by_role("link", name="Anmelden").click()
    page.get_by_label("E-Mail").fill("consultant@krisenpult.example")
    page.get_by_label("Passwort").fill("falsch")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("alert")).to_contain_text("E-Mail oder Passwort stimmen nicht")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Lage")).to_be_visible()
    settle(page)


def open_case(page: Page) -> None:
    button(page, "Neuer Fall")
    fill(page, "Firmenname", "Kfz Aigner")
    fill(page, "Rechtsform", "e.U.")
    fill(page, "Branche", "Kfz-Werkstätte")
    fill(page, "Postleitzahl und Ort", "4020 Linz")
    fill(page, "Straße und Nummer", "Werkstraße 7")
    fill(page, "Eigene Seite im Netz (Adresse)", "https://social.example/kfz-aigner")
    fill(page, "Name", "Anton Aigner")
    fill(page, "Telefon, unabhängig von der Firmen-IT", "+43 660 555 0142")
    fill(page, "Polizzennummer", "NIA-2026-10417")
    fill(page, "Öffentlicher Name des Falls", "Kfz-Werkstätte Aigner")
    fill(page, "Was ist passiert", "Cyber-Angriff auf die Werkstätte")
    fill(page, "Wer ruft an", "Anton Aigner")
    fill(page, "Rückrufnummer", "+43 660 555 0142")
    expect(page.locator(".kp-verdict").last).to_contain_text("in Klärung")
    tick(page, "cover_communication_need", "ja")
    for key, reason in (
        ("cover_sudden", "Um 9.12 Uhr waren die Bildschirme schwarz."),
        ("cover_unforeseeable", "Kein Hinweis vor dem Ausfall."),
    ):
        fill(page, "Woran zeigt sich das? Ein Satz genügt.", reason)
        tick(page, key, "ja")
    tick(page, "cover_kinds", "Cyber-Angriff")
    page.get_by_role("button", name=re.compile("^Weiter")).click()
    settle(page)
    tick(page, "cover_outage", "ja")
    tick(page, "cover_device", "PC")
    expect(page.locator(".kp-verdict").last).to_contain_text("gedeckt A")
    expect(page.get_by_text("„Cyber-Angriffe oder Verdacht auf diese“")).to_be_visible()
    keep_screen(page, "02-neuer-fall")
    button(page, "Fall eröffnen")
    expect(page.get_by_role("heading", name=f"{NUMBER} · Kfz-Werkstätte Aigner")).to_be_visible()


def facts(page: Page, served: Served) -> None:
    case = store.case_by_number(served.home.db(), NUMBER)
    assert case.limb == "A"
    assert [incident.kind for incident in store.incidents_of(served.home.db(), case.id)] == [
        "cyber_attack"
    ]
    for number, (text, source) in enumerate(
        (
            ("Seit heute 9 Uhr sind in der Werkstätte die Computer ausgefallen.", "Anruf 09:25"),
            ("Die Werkstätte vereinbart Termine derzeit am Telefon.", "Anton Aigner, 10:30"),
        ),
        start=1,
    ):
        if number > 1:
            unfold(page, "Tatsache aufnehmen")
        page.get_by_label("Tatsache, ein Satz").fill(text)
        page.get_by_label("Quelle (wer, wann)").first.fill(source)
        page.get_by_role("button", name="Aufnehmen", exact=True).first.click()
        settle(page)
        expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_text("Meldung an die Datenschutzbehörde").first).to_be_visible()
    keep_screen(page, "03-fall")


def watch(page: Page, served: Served, feed: str) -> None:
    """A list of addresses: one feed, one host that answers nobody, one line that is none."""
    go(page, served, "quellen")
    unfold(page, "Katalog, Liste, Ausgabe")
    listed = f"{feed}\nhttp://127.0.0.1:1/feed.xml\nftp://alt.example/feed\n".encode()
    page.locator('input[type="file"]').set_input_files(
        {"name": "quellen.txt", "mimeType": "text/plain", "buffer": listed}
    )
    settle(page)
    button(page, "Liste übernehmen")
    expect(page.get_by_text("2 übernommen, 0 schon bekannt, 1 abgelehnt.")).to_be_visible()
    db = served.home.db()
    until(lambda: {row["health"] for row in db.query("SELECT health FROM source")} == {
        "ok", "connection"
    })  # fmt: skip
    page.reload()
    settle(page)
    expect(page.get_by_text("gestört").first).to_be_visible()
    keep_screen(page, "04-quellen")
    case = store.case_by_number(db, NUMBER)
    until(lambda: mentions.count_mentions(db, case.id) == 1)


def capture_by_hand(page: Page, served: Served) -> None:
    go(page, served, f"meldungen?fall={NUMBER}")
    expect(page.get_by_text("Cyber-Angriff auf Werkstätte Kfz Aigner").first).to_be_visible()
    unfold(page, "Meldung erfassen")
    page.get_by_label("Wortlaut").fill(
        "Sauladen! Die kriegen bei Kfz Aigner nicht einmal einen PC eingeschaltet."
    )
    page.get_by_label("Wo steht es").fill("Seite der Werkstätte")
    page.get_by_label("Von wem").fill("B.")
    page.get_by_label("Adresse (URL)").fill("https://social.example/kfz-aigner/posts/1")
    page.locator('input[type="file"]').set_input_files(
        {"name": "beitrag.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    settle(page)
    button(page, "Erfassen")
    digest = hashlib.sha256(PIXEL).hexdigest()
    expect(page.get_by_text(f"SHA-256 {digest}").first).to_be_visible()
    db = served.home.db()
    case = store.case_by_number(db, NUMBER)
    kept = evidence.evidence_of(db, case.id)[0]
    assert (served.home.evidence / digest[:2] / digest).read_bytes() == PIXEL
    assert kept.sha256 == digest
    captured = next(each for each in mentions.list_mentions(db, case.id) if each.origin == "manual")
    assert captured.attack
    assert captured.evidence_id == kept.id
    unfold(page, "Ansehen und einordnen")
    keep_screen(page, "05-meldungen")
    page.get_by_text("Unbestätigte Alarme").wait_for()
    while page.get_by_role("button", name="Übernehmen").count():
        button(page, "Übernehmen")
    assert mentions.open_alerts(db, case.id) == []


def write_and_approve(page: Page, browser: Browser, served: Served) -> None:
    db = served.home.db()
    go(page, served, f"stellungnahmen?fall={NUMBER}")
    box = page.locator('[class*="st-key-measures_"]')
    box.locator("input").first.click()
    page.get_by_role("option", name=re.compile("vereinbart Termine")).click()
    page.keyboard.press("Escape")
    settle(page)
    button(page, "Entwurf anlegen")
    text = page.get_by_label("Text", exact=True)
    expect(text).to_have_value(re.compile("Kfz Aigner e.U. informiert"))
    expect(page.get_by_text("blockiert")).to_have_count(0)
    editor = page.url
    button(page, "Prüfung durch eine zweite Person anfragen")
    four_eyes(browser, served, editor)
    page.reload()
    settle(page)
    first_link, first_pin = owner_link(page)
    approve_on_the_phone(browser, served, first_link, first_pin)

    page.reload()
    settle(page)
    expect(page.get_by_role("status").filter(has_text="Inhaber:in")).to_contain_text("Anton Aigner")
    changed = text.input_value().replace("Wir bedauern", "Wir bedauern sehr")
    text.fill(changed)
    text.press("Tab")
    settle(page)
    button(page, "Version speichern")
    expect(page.get_by_text("Seit der Freigabe durch Anton Aigner geändert")).to_be_visible()
    refused = browser.new_context(viewport=PHONE)
    used = refused.new_page()
    used.goto(first_link)
    expect(used.get_by_role("status")).to_contain_text("bereits verwendet")
    refused.close()

    button(page, "Prüfung durch eine zweite Person anfragen")
    four_eyes(browser, served, editor)
    page.reload()
    settle(page)
    approve_on_the_phone(browser, served, *owner_link(page), keep=True)
    page.reload()
    settle(page)
    keep_screen(page, "06-stellungnahme")
    button(page, "Aussendung beschließen")
    expect(page.get_by_text("Die Aussendung ist beschlossen")).to_be_visible()
    unfold(page, "Als Datei oder zum Kopieren")
    with page.expect_download() as started:
        page.get_by_role("button", name="DOCX").click()
    assert started.value.suggested_filename.endswith(".docx")
    with page.expect_download() as started:
        page.get_by_role("button", name="TXT").click()
    assert "Wir bedauern sehr" in Path(started.value.path()).read_text(encoding="utf-8")
    case = store.case_by_number(db, NUMBER)
    kinds = {entry.kind for entry in store.timeline_of(db, case.id)}
    assert {"call", "coverage", "incident", "approval", "release"} <= kinds


def four_eyes(browser: Browser, served: Served, editor: str) -> None:
    context = signed_in(browser, served, "colleague", DESKTOP)
    page = context.new_page()
    page.goto(editor)
    page.locator(".kp-head").first.wait_for()
    settle(page)
    button(page, "Text ist in Ordnung")
    expect(page.get_by_text("Die Prüfung ist festgehalten")).to_be_visible()
    context.close()


def owner_link(page: Page) -> tuple[str, str]:
    button(page, "Link und PIN erzeugen")
    shown = page.get_by_text(re.compile(r"^PIN \d{3} \d{3}$"))
    expect(shown).to_be_visible()
    link = page.locator('[data-testid="stCode"] code').first.inner_text().strip()
    return link, shown.inner_text().removeprefix("PIN ").replace(" ", "")


def approve_on_the_phone(
    browser: Browser, served: Served, link: str, pin: str, keep: bool = False
) -> None:
    """A second context, phone width, no account, scripts switched off."""
    phone = browser.new_context(viewport=PHONE, locale="de-AT", java_script_enabled=False)
    page = phone.new_page()
    page.goto(link)
    expect(page.get_by_text("Kfz-Werkstätte Aigner").first).to_be_visible()
    expect(page.locator(".text").first).to_contain_text("Noch nicht bekannt")
    if keep:
        keep_screen(page, "07-freigabe")
    wrong = "000000" if pin != "000000" else "111111"
    page.get_by_label("PIN, die Sie am Telefon bekommen haben").fill(wrong)
    page.get_by_role("button", name="Freigeben").click()
    expect(page.get_by_role("alert")).to_contain_text("noch bleiben: 4")
    page.get_by_label("PIN, die Sie am Telefon bekommen haben").fill(pin)
    page.get_by_role("button", name="Freigeben").click()
    expect(page.get_by_role("status")).to_contain_text("Danke. Sie haben den Text")
    phone.close()


def send_letter(page: Page, browser: Browser, served: Served, mail: Mailbox) -> None:
    """A letter to three partners: each gets one message, none sees the others."""
    db = served.home.db()
    settings.put(db, SYSTEM, "smtp_host", mail.host)
    settings.put(db, SYSTEM, "smtp_port", str(mail.port))
    settings.put(db, SYSTEM, "smtp_security", "none")
    settings.put(db, SYSTEM, "smtp_from", "desk@krisenpult.example")
    go(page, served, f"stellungnahmen?fall={NUMBER}")
    unfold(page, "Neue Stellungnahme")
    choose(page, page.locator('[class*="st-key-template_"]'), LETTER)
    button(page, "Entwurf anlegen")
    editor = page.url
    unfold(page, "Verteiler (0)")
    names = ("Huber", "Maier", "Gruber")
    lines = "\n".join(f"{name}; {name.lower()}@partner.example" for name in names)
    page.get_by_label("Verteiler", exact=True).fill(lines)
    button(page, "Verteiler speichern")
    button(page, "Prüfung durch eine zweite Person anfragen")
    four_eyes(browser, served, editor)
    page.reload()
    settle(page)
    link, pin = owner_link(page)
    phone = browser.new_context(viewport=PHONE, locale="de-AT")
    owner = phone.new_page()
    owner.goto(link)
    owner.get_by_label("PIN, die Sie am Telefon bekommen haben").fill(pin)
    owner.get_by_role("button", name="Freigeben").click()
    expect(owner.get_by_role("status")).to_contain_text("Danke. Sie haben den Text")
    phone.close()
    page.reload()
    settle(page)
    button(page, "Aussendung beschließen")
    button(page, "3 E-Mails einzeln senden")
    expect(page.get_by_text("Gesendet: 3 von 3.")).to_be_visible(timeout=30_000)
    for name in names:
        letters = mail.got(f"{name.lower()}@partner.example")
        assert len(letters) == 1
        assert letters[0].recipients == [f"{name.lower()}@partner.example"]
        assert letters[0].message["Cc"] is None


LETTER = "Warnschreiben an Geschäftspartner und Kundschaft"


# The hours of the garage case; the owner's approval comes from the timer.
BY_HAND = (
    ("10:20", "10:50", "Erstgespräch, Lagebild"),
    ("10:50", "11:35", "Darstellung entwerfen"),
    ("12:30", "13:15", "Aufforderung an den Verfasser"),
    ("16:00", "16:30", "Nachbeobachtung, Abschlussnotiz"),
)
BEGIN, END = "Beginn (TT.MM.JJJJ hh:mm)", "Ende (TT.MM.JJJJ hh:mm)"
WHAT = "Leistungsbeschreibung (liest die Kostenprüfung)"


def hours(page: Page, served: Served) -> None:
    db = served.home.db()
    go(page, served, f"leistungen?fall={NUMBER}")
    button(page, "Zeit starten")
    expect(page.get_by_text("läuft seit").first).to_be_visible()
    page.reload()
    settle(page)
    fill(page, "Was wurde getan?", "Abstimmung mit dem Inhaber, Freigabe")
    button(page, "Stoppen und erfassen")
    expect(page.get_by_text("Abstimmung mit dem Inhaber, Freigabe").first).to_be_visible()

    book(page, "10:30", "10:00", "Erstgespräch, Lagebild")
    expect(page.get_by_role("alert").filter(has_text="Ende")).to_be_visible()
    expect(page.get_by_label(WHAT)).to_have_value("Erstgespräch, Lagebild")
    for start, end, text in BY_HAND:
        book(page, start, end, text)
        expect(page.locator(".kp-rows").get_by_text(text).first).to_be_visible()
    case = store.case_by_number(db, NUMBER)
    state = budget_store.event_state(db, case.insured_event_id, now())
    assert (state.covered_cents, state.overflow_cents) == (41_250, 0)
    expect(page.get_by_text(re.compile(r"€\s412,50 von €\s2\.500,00"))).to_be_visible()
    keep_screen(page, "08-leistungen")


def book(page: Page, start: str, end: str, text: str) -> None:
    """One entry by hand, for yesterday."""
    if not page.get_by_label(BEGIN).is_visible():
        unfold(page, "Leistung nachtragen")
    day = local(now() - timedelta(days=1)).strftime("%d.%m.%Y")
    page.get_by_label(BEGIN).fill(f"{day} {start}")
    page.get_by_label(END).fill(f"{day} {end}")
    page.get_by_label(WHAT).fill(text)
    button(page, "Erfassen")


def export(browser: Browser, served: Served) -> None:
    context = signed_in(browser, served, "reviewer", DESKTOP)
    review = context.new_page()
    go(review, served, f"auswertung?fall={NUMBER}")
    review.get_by_role("button", name=re.compile("Zeilen abrechnen")).click()
    settle(review)
    keep_screen(review, "09-auswertung")
    with review.expect_download() as started:
        review.get_by_role("button", name="XLSX").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes())).worksheets[
        0
    ]
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "Darstellung entwerfen" in cells
    with review.expect_download() as started:
        review.get_by_role("button", name="CSV").click()
    content = Path(started.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 5
    go(review, served, "lage")
    expect(review.get_by_text("gehört nicht zu Ihrer Rolle")).to_be_visible()
    context.close()
