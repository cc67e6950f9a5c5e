"""The German words for what is kept about evidence."""

from __future__ import annotations

from data.i18n import _


def kind(value: str) -> str:
    """What a piece of evidence is (EX-05)."""
    return {
        "system_log": _("System-Protokoll"),
        "log_file": _("Logfile"),
        "data_carrier": _("Datenträger (Abbild oder Vermerk)"),
        "notes": _("Notizen"),
        "screen_photo": _("Foto eines Bildschirms"),
        "screenshot": _("Bildschirmfoto aus dem Web"),
        "web_capture": _("gesicherte Webseite"),
        "email": _("E-Mail"),
        "letter": _("Brief"),
        "other": _("anderes"),
        "file": _("Datei"),
        "redacted": _("geschwärzte Kopie"),
    }[value]


def action(value: str) -> str:
    """What was done with a piece of evidence; what other rooms write stands as it is."""
    return {
        "received": _("aufgenommen"),
        "made": _("angefertigt"),
        "viewed": _("angesehen"),
        "exported": _("herausgegeben"),
        "exported with the case file": _("mit der Fallakte herausgegeben"),
        "redacted copy made": _("geschwärzte Kopie angefertigt"),
        "timestamped": _("mit Zeitstempel versehen"),
        "custody sheet made": _("Beweisblatt angefertigt"),
    }.get(value, value)


def had_access(value: str) -> str:
    """What is known about somebody's access."""
    return {
        "yes": _("hatte Zugriff"),
        "no": _("hatte keinen Zugriff"),
        "unknown": _("Zugriff unbekannt"),
    }[value]
