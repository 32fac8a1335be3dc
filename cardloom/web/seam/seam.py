"""The seam at work: the apps that take part, and what each adds to a page, to the server, to the command.

An app that raises takes nothing else away: what it would have added is left out, or is one line that
says so, and the app is listed with file, line and sentence.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click
import pluggy

from cardloom.catalog import NAME, line_in
from cardloom.engine import Choice, Confirm, Number, Question, Text, nearest
from cardloom.web.seam.app import App
from cardloom.web.seam.finding import Found, said, trouble_at
from cardloom.web.seam.hooks import MAY_BE_ASYNC, PROJECT, Action, Hooks, Link

if TYPE_CHECKING:
    from cardloom.web.context import AppContext

log = logging.getLogger("cardloom")

T = TypeVar("T")
NAMES = [name for name in vars(Hooks) if not name.startswith("_")]


class NotTaken(Exception):
    """What a hook returned is not what its page expects; the text says both."""


class Broken:
    """What stands in the place of what an app could not give: a sentence."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


class Seam:
    """The apps of one workspace. Without a context only their commands can be asked for."""

    def __init__(self, found: Iterable[Found] = (), context: AppContext | None = None) -> None:
        self._plugins = pluggy.PluginManager(PROJECT)
        self._plugins.add_hookspecs(Hooks)
        self.apps: dict[str, App] = {}
        self.troubles: dict[str, str] = {}
        self.versions: dict[Path, int] = {}  # of the workspace's files, as they were loaded
        for one in reversed(list(found)):  # pluggy asks the last registered first
            self.versions |= {one.path: one.version} if one.version else {}
            self._register(one, context)
        self._asked = {name: self._implementations(name) for name in NAMES}
        self._learn()

    # -- taking apps in --------------------------------------------------------------------------

    def _register(self, found: Found, context: AppContext | None) -> None:
        if not NAME.fullmatch(found.name):
            sentence = "Its name can't be an app's. Use letters, digits, _ and -."
            self.troubles[found.name] = trouble_at(found.path, None, sentence)
            return
        if found.module is None:
            self.troubles[found.name] = found.trouble
            return
        app = App(found.name, found.module, found.path, found.origin, context)
        wrong = self._wrong_hook(app)
        if wrong:
            self.troubles[found.name] = wrong
            return
        try:
            self._plugins.register(found.module, found.name)
        except (ValueError, pluggy.PluginValidationError) as error:
            self.troubles[found.name] = trouble_at(found.path, None, said(error))
        else:
            self.apps[found.name] = app

    def _wrong_hook(self, app: App) -> str:
        """What is wrong with the app's hooks; empty when each is one, and takes what it may."""
        found = list(_marked(self._plugins, app.module))
        if not found:
            return trouble_at(app.path, None, "It has no hook. Mark one: @hook above def menu(): …")
        for name, function in found:
            if sentence := _wrong(name, function):
                return trouble_at(*_place(function), sentence)
        return ""

    def _implementations(self, name: str) -> list[pluggy.HookImpl]:
        return list(reversed(getattr(self._plugins.hook, name).get_hookimpls()))

    def _learn(self) -> None:
        """Ask each app once for what does not change: its settings, and the SQL of its tables."""
        for app, asks in self.each("settings", _questions):
            app.asks = asks
        for app, schema in self.each("tables", _texts):
            app.schema = tuple(schema)

    # -- asking them -----------------------------------------------------------------------------

    def has(self, hook: str) -> bool:
        """Whether any app has this hook."""
        return bool(self._asked[hook])

    def each(self, hook: str, take: Callable[[Any], T], **given: Any) -> Iterator[tuple[App, T]]:
        """What each app gives for the hook, as `take` makes it; those that give None or raise are
        left out."""
        for app, result in self.every(hook, take, **given):
            if not isinstance(result, Broken):
                yield app, result

    def every(
        self, hook: str, take: Callable[[Any], T], **given: Any
    ) -> Iterator[tuple[App, T | Broken]]:
        """The same, with a `Broken` in the place of what raised."""
        for impl in self._asked[hook]:
            app = self.apps[impl.plugin_name]
            known = {"app": app, **given}
            try:
                result = impl.function(*(known[name] for name in impl.argnames))
                if result is not None:
                    yield app, take(result)
            except (Exception, SystemExit) as error:
                yield app, Broken(self.blame(app, error, impl.function))

    def blame(
        self, app: App, error: BaseException, function: Callable[..., Any] | None = None
    ) -> str:
        """List the app with what it did wrong: file, line and sentence."""
        line = line_in(app.path, error)
        if line is None and function is not None:
            line = _place(function)[1]
        sentence = str(error) if isinstance(error, NotTaken) else said(error)
        trouble = trouble_at(app.path, line, sentence)
        if app.context is not None and self.troubles.get(app.name) != trouble:
            log.warning("The app %s: %s", app.name, trouble, exc_info=error)
        self.troubles[app.name] = trouble
        return trouble

    def culprit(self, error: BaseException) -> App | None:
        """The app of the workspace or of a package in whose file the error arose."""
        others = (app for app in self.apps.values() if app.origin != "shipped")
        return next((app for app in others if line_in(app.path, error) is not None), None)

    def links(self, hook: str, **given: Any) -> list[Link]:
        """The links that apps give for the hook."""
        return [link for _, links in self.each(hook, _several(Link), **given) for link in links]

    def actions(self, hook: str, **given: Any) -> list[Action | Broken]:
        """The actions that apps give for the hook."""
        found: list[Action | Broken] = []
        for _, result in self.every(hook, _several(Action), **given):
            found += [result] if isinstance(result, Broken) else result
        return found

    def texts(self, hook: str, **given: Any) -> list[str]:
        """The texts that apps give for the hook."""
        return [text for _, texts in self.each(hook, _texts, **given) for text in texts]

    def commands(self) -> dict[str, click.Command | str]:
        """The commands of all apps by name: a command, or its place as `module:function`."""
        found: dict[str, click.Command | str] = {}
        for _, commands in self.each("commands", _commands):
            found = {**commands, **found}
        return found

    def close(self) -> None:
        """Let go of every app's tables."""
        for app in self.apps.values():
            app.close()


def _marked(
    plugins: pluggy.PluginManager, module: ModuleType
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in list(vars(module).items()):
        options = plugins.parse_hookimpl_opts(module, name) if inspect.isroutine(value) else None
        if options is not None:
            yield options.get("specname") or name, value


def _wrong(name: str, function: Callable[..., Any]) -> str:
    """Why a marked function can't be the hook of this name; empty when it can."""
    if name not in NAMES:
        return f"There is no hook {name!r}.{nearest(name, NAMES)}"
    may = list(inspect.signature(getattr(Hooks, name)).parameters)[1:]
    for parameter in inspect.signature(function).parameters:
        if parameter not in may:
            takes = ", ".join(may) or "nothing"
            return f"The hook {name} takes {takes}; there is no {parameter!r}."
    if inspect.isgeneratorfunction(function):
        return f"The hook {name} can't be a generator. Return a list."
    if inspect.iscoroutinefunction(function) and name not in MAY_BE_ASYNC:
        return f"The hook {name} can't be async. Write it without."
    return ""


def _place(function: Callable[..., Any]) -> tuple[Path, int | None]:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (Path(code.co_filename), code.co_firstlineno + 1) if code else (Path("?"), None)


def _several(kind: type[T]) -> Callable[[Any], list[T]]:
    def take(result: Any) -> list[T]:
        found = list(result) if isinstance(result, list | tuple) else [result]
        for one in found:
            if not isinstance(one, kind):
                raise NotTaken(f"It returned {one!r:.80}, where {kind.__name__} is expected.")
        return found

    return take


def _texts(result: Any) -> list[str]:
    return _several(str)(result)


def _questions(result: Any) -> Mapping[str, Question]:
    if not isinstance(result, Mapping):
        raise NotTaken(f"It returned {result!r:.80}, where a dict of questions is expected.")
    for one in result.values():
        if not isinstance(one, Text | Number | Choice | Confirm):
            raise NotTaken(
                f"{type(one).__name__} can't be a setting. Use Text, Number, Choice, Confirm."
            )
    return result


def _commands(result: Any) -> Mapping[str, click.Command | str]:
    if not isinstance(result, Mapping):
        raise NotTaken(f"It returned {result!r:.80}, where a dict of commands is expected.")
    for one in result.values():
        if not isinstance(one, click.Command | str):
            raise NotTaken(f"It returned {one!r:.80}, where a click command is expected.")
    return result
