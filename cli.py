"""The command ``krisenpult``.

Output is UTF-8 JSON on standard output and nothing else; progress and complaints go to
standard error. Exit 0: done. 2: the input is wrong. 1: it failed. Never a traceback.
Imports stand inside the commands, so that each starts as fast as what it needs.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from data import Home, InputError, KrisenpultError
from data.fields import without_half_characters

DONE = 0
FAILED = 1
WRONG_INPUT = 2

Command = Callable[[argparse.Namespace], int]

_LONGEST_LINE = 32 * 1024 * 1024


class _Parser(argparse.ArgumentParser):
    """argparse, but a wrong call is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, _one_line(f"{self.prog}: {message}") + "\n")


def _one_line(text: str) -> str:
    """``text`` without line breaks and without what could steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _say(text: str) -> None:
    print(_one_line(text), file=sys.stderr, flush=True)


def _put(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
    sys.stdout.flush()


def _decoded(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(where, "takes UTF-8 text") from None


def _parsed(text: str, where: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        return without_half_characters(value) if "\\u" in text else value
    except ValueError as error:
        raise InputError(where, f"takes JSON ({error})") from None
    except RecursionError:
        raise InputError(where, "takes JSON that is not nested so deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _document() -> Any:
    return _parsed(_decoded(sys.stdin.buffer.read(), "input"), "input")


def _lines() -> Iterator[tuple[int, Any]]:
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        where = f"line {number}"
        if len(raw) > _LONGEST_LINE:
            raise InputError(where, f"takes at most {_LONGEST_LINE} bytes")
        text = _decoded(raw, where)
        if text.strip():
            yield number, _parsed(text, where)


def _line_or_none(raw: bytes) -> Any:
    """A line's JSON, or None where it is none: a batch of feeds goes on over a bad line."""
    try:
        return _parsed(_decoded(raw, "line"), "line")
    except InputError:
        return None


def _each_line(answer: Callable[[Any], object]) -> int:
    for number, value in _lines():
        try:
            _put(answer(value))
        except InputError as error:
            raise InputError(f"line {number}: {error.field}", error.takes) from None
    return DONE


# --- pure commands ---------------------------------------------------------------------


def _cover(_options: argparse.Namespace) -> int:
    from cases import coverage

    _put(coverage.to_json(coverage.decide(coverage.from_json(_document()))))
    return DONE


def _clock(_options: argparse.Namespace) -> int:
    from cases import clock

    _put(clock.to_json(clock.compute(clock.from_json(_document()))))
    return DONE


def _restore_costs(_options: argparse.Namespace) -> int:
    from cases import restoration

    _put(restoration.to_json(restoration.settle(restoration.from_json(_document()))))
    return DONE


def _allocate(_options: argparse.Namespace) -> int:
    from budget import allocate

    _put(allocate.to_json(allocate.allocate(allocate.from_json(_document()))))
    return DONE


def _check(_options: argparse.Namespace) -> int:
    from drafting import check

    _put(check.to_json(check.check(check.from_json(_document()))))
    return DONE


def _mask(_options: argparse.Namespace) -> int:
    from drafting import mask

    _put(mask.to_json(mask.mask(_decoded(sys.stdin.buffer.read(), "input"))))
    return DONE


def _count(_options: argparse.Namespace) -> int:
    from drafting import channels

    return _each_line(channels.run)


def _score(_options: argparse.Namespace) -> int:
    from monitoring import score

    return _each_line(lambda value: score.to_json(score.score(score.from_json(value))))


def _cluster(_options: argparse.Namespace) -> int:
    from monitoring import cluster

    clusters = cluster.Clusterer()
    return _each_line(lambda value: cluster.to_json(clusters.add(cluster.from_json(value))))


def _feed_parse(options: argparse.Namespace) -> int:
    from monitoring import parse
    from monitoring.errors import FeedError

    if options.jsonl:
        for raw in sys.stdin.buffer:
            if raw.strip():
                _put(parse.parse_line(_line_or_none(raw), Path.cwd()))
        return DONE
    try:
        parsed = parse.parse_feed(sys.stdin.buffer.read(), options.url, options.content_type)
    except FeedError as error:
        raise InputError("input", error.sentence()) from None
    _put(parse.to_json(parsed))
    return DONE


def _feed_fetch(options: argparse.Namespace) -> int:
    from monitoring import fetch

    _put(fetch.fetch_once(options.url, options.allow_net))
    return DONE


# --- commands on a home ----------------------------------------------------------------


def _home(options: argparse.Namespace) -> Home:
    from ui.schema import open_database

    home = Home.at(options.home)
    os.environ["KRISENPULT_HOME"] = str(home.path)
    open_database(home)
    return home


def _serve(options: argparse.Namespace) -> int:
    _end_in_order()
    _home(options)
    return _run_application(options.host, options.port, watch=not options.no_watch)


def _end_in_order() -> None:
    """Let a SIGTERM unwind the stack: it stops the watcher and removes a throw-away home.

    The server ends its own work first and then raises the signal again.
    """

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(DONE)

    signal.signal(signal.SIGTERM, end)


def _run_application(host: str, port: int, *, watch: bool, allow_net: Sequence[str] = ()) -> int:
    # Streamlit reads theme and server settings from the folder it is started in, on import.
    os.chdir(Path(__file__).parent)
    import app
    from ui.supervise import Supervisor, watcher_command

    os.environ.setdefault("KRISENPULT_BASE_URL", f"http://{host}:{port}")
    supervisor = Supervisor(watcher_command(allow_net)) if watch else None
    if supervisor is not None:
        supervisor.start()
    try:
        app.run(host, port)
    finally:
        if supervisor is not None:
            supervisor.stop()
    return DONE


def _demo(options: argparse.Namespace) -> int:
    from ui import demo, start

    _end_in_order()
    with demo.prepared(f"http://{options.host}:{options.port}") as ready:
        os.environ["KRISENPULT_HOME"] = str(ready.home.path)
        start.warm()
        for line in ready.greeting:
            _say(line)
        return _run_application(options.host, options.port, watch=True, allow_net=ready.allow_net)


def _watch(options: argparse.Namespace) -> int:
    from monitoring import watch
    from ui import supervise

    if options.parent is not None:
        supervise.end_with(options.parent)
    watch.watch(_home(options), allow_net=options.allow_net)
    return DONE


def _poll(options: argparse.Namespace) -> int:
    from monitoring import poll

    report = poll.poll(
        _home(options),
        everything=options.all,
        concurrency=options.concurrency,
        allow_net=options.allow_net,
    )
    _put(report.to_json())
    return DONE


def _sources_import(options: argparse.Namespace) -> int:
    from access.actor import SYSTEM
    from monitoring import store

    content = _read_file(options.file)
    _put(store.import_file(_home(options).db(), SYSTEM, content))
    return DONE


def _sources_list(options: argparse.Namespace) -> int:
    from monitoring import store

    _put([store.source_json(source) for source in store.list_sources(_home(options).db())])
    return DONE


def _users_add(options: argparse.Namespace) -> int:
    from access import accounts, setup
    from access.actor import SYSTEM

    db = _home(options).db()
    account = accounts.add_account(
        db, SYSTEM, email=options.email, role=options.role, name=options.name
    )
    _put(
        {
            "email": account.email,
            "role": account.role,
            "setup_link": setup.link(db, account.id),
        }
    )
    return DONE


def _users_list(options: argparse.Namespace) -> int:
    from access import accounts

    known = accounts.list_accounts(_home(options).db())
    _put(
        [
            {
                "email": each.email,
                "name": each.name,
                "role": each.role,
                "can_sign_in": each.has_password,
            }
            for each in known
        ]
    )
    return DONE


def _backup(options: argparse.Namespace) -> int:
    from data import backup

    _put(backup.backup(_home(options), Path(options.file)))
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from data import backup
    from ui.schema import open_database

    home = Home.at(options.home)
    report = backup.restore(home, Path(options.file))
    open_database(home)
    _put(report)
    return DONE


def _verify(options: argparse.Namespace) -> int:
    from ui import operations

    if options.file is not None:
        report = operations.verify_case_file(options.file)
    else:
        report = operations.verify(_home(options))
    _put(report)
    return DONE if report["ok"] else FAILED


def _export_hours(options: argparse.Namespace) -> int:
    from access.actor import SYSTEM
    from ui import operations

    content = operations.export_hours(_home(options), SYSTEM, options.case, options.format)
    _write_file(options.out, content)
    _put(
        {"case": options.case, "format": options.format, "out": options.out, "bytes": len(content)}
    )
    return DONE


def _export_case(options: argparse.Namespace) -> int:
    from access.actor import SYSTEM
    from ui import operations

    _put(
        operations.export_case(
            _home(options), SYSTEM, options.case, Path(options.out), options.level
        )
    )
    return DONE


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError("FILE", f"takes a readable file ({error.strerror}: {name})") from None


def _write_file(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise InputError("--out", f"takes a writable path ({error.strerror}: {name})") from None


# --- the call --------------------------------------------------------------------------


def _parser() -> _Parser:
    home = _Parser(add_help=False)
    home.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help="the data folder")
    parser = _Parser(prog="krisenpult", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--home", metavar="DIR", default=None, help="the data folder")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(group: Any, name: str, run: Command, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = group.add_parser(name, help=text, parents=[home])
        made.set_defaults(run=run)
        return made

    def network(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--allow-net",
            metavar="CIDR",
            type=_network,
            action="append",
            default=_operator_networks(),
            help="open this internal range (also: KRISENPULT_ALLOW_NET, comma between ranges)",
        )

    doors: list[tuple[str, Command, str]] = [
        ("serve", _serve, "run the application and the watcher"),
        ("demo", _demo, "run it on three worked cases"),
    ]
    for name, run, text in doors:
        made = command(commands, name, run, text)
        made.add_argument("--host", default="127.0.0.1")
        made.add_argument("--port", type=_port, default=8501)
        if name == "serve":
            made.add_argument("--no-watch", action="store_true", help="without the watcher")

    made = command(commands, "watch", _watch, "run the watcher alone")
    network(made)
    made.add_argument("--parent", type=int, default=None, help=argparse.SUPPRESS)

    made = command(commands, "poll", _poll, "one sweep over the sources")
    made.add_argument("--all", action="store_true", help="also those that are not due")
    made.add_argument("--concurrency", type=_positive, default=8)
    network(made)

    sources = commands.add_parser("sources", help="the sources").add_subparsers(required=True)
    command(sources, "import", _sources_import, "OPML or one URL a line").add_argument("file")
    command(sources, "list", _sources_list, "all sources with their health")

    users = commands.add_parser("users", help="the accounts").add_subparsers(required=True)
    made = command(users, "add", _users_add, "a new account with its set-up link")
    made.add_argument("email")
    made.add_argument("--role", required=True)
    made.add_argument("--name", default=None)
    command(users, "list", _users_list, "all accounts")

    command(commands, "backup", _backup, "a copy while everything runs").add_argument("file")
    command(commands, "restore", _restore, "into an empty home").add_argument("file")
    made = command(commands, "verify", _verify, "re-compute chain, evidence and ledger")
    made.add_argument("file", nargs="?", default=None, help="a case file instead of the home")

    export = commands.add_parser("export", help="files for others").add_subparsers(required=True)
    made = command(export, "hours", _export_hours, "the cost review's file")
    made.add_argument("--case", required=True)
    made.add_argument("--format", required=True, choices=("csv", "xlsx", "pdf", "ledes"))
    made.add_argument("--out", required=True)
    made = command(export, "case", _export_case, "the case file")
    made.add_argument("--case", required=True)
    made.add_argument("--out", required=True)
    made.add_argument("--level", choices=("insurer", "lawyer"), default="insurer")

    feed = commands.add_parser("feed", help="one feed").add_subparsers(required=True)
    made = command(feed, "parse", _feed_parse, "a feed document on standard input")
    made.add_argument("--url", default=None)
    made.add_argument("--content-type", default=None)
    made.add_argument("--jsonl", action="store_true", help="many files, one a line")
    made = command(feed, "fetch", _feed_fetch, "the watcher's whole way for one URL")
    made.add_argument("url")
    network(made)

    pure: list[tuple[str, Command, str]] = [
        ("score", _score, "mentions, JSON Lines"),
        ("cluster", _cluster, "stories and wire copies, JSON Lines"),
        ("cover", _cover, "is this a covered communication emergency"),
        ("allocate", _allocate, "hours and costs against the cap"),
        ("restore-costs", _restore_costs, "restoration costs under a clause variant"),
        ("check", _check, "a text before anyone approves it"),
        ("mask", _mask, "personal data out of a text"),
        ("count", _count, "as the channel counts, JSON Lines"),
        ("clock", _clock, "a deadline"),
    ]
    for name, run, text in pure:
        command(commands, name, run, text)
    return parser


def _operator_networks() -> list[str]:
    opened = os.environ.get("KRISENPULT_ALLOW_NET", "")
    try:
        return [_network(part) for part in opened.split(",") if part.strip()]
    except argparse.ArgumentTypeError as error:
        raise InputError("KRISENPULT_ALLOW_NET", str(error)) from None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("takes a port from 0 to 65535")
    return int(text)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise argparse.ArgumentTypeError("takes a network such as 10.1.0.0/16") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("takes a whole number of at least 1")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    if sys.stdin is None or sys.stdout is None:
        # Closed by the caller: there is nothing to read from, or nobody to tell.
        _say("standard input and standard output: take an open stream")
        return WRONG_INPUT
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except InputError as error:
        _say(f"{error.field}: {error.takes}")
        return WRONG_INPUT
    except KrisenpultError as error:
        _say(error.sentence())
        return WRONG_INPUT if error.wrong_input else FAILED
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has closed it; there is nobody left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        _say(str(error))
        return FAILED
    except KeyboardInterrupt:
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
