"""Looking at source files: what is in them, found by a process of its own that may crash without harm.

A file is opened here, under the path policy, and handed over as a descriptor; what was found is kept by the
file's identity, so that an unchanged file is looked at once.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.files import identity, open_source, stamp
from stoat_ferret.media.luts import LutFacts
from stoat_ferret.media.reader import DAMAGED, Found, OpenSource, Reader
from stoat_ferret.media.shelf import Shelf

__all__ = ["FactsCache", "Found", "probe", "probe_all"]

Facts = MediaFacts | LutFacts
"""What is known of a file that can be used."""

_SCHEMA = "stoat.facts/1"
_FILES_PER_PROCESS = 8  # below this, starting another process costs more than it saves


def probe(path: Path, settings: Settings) -> MediaFacts:
    """Look at one file; raises `MediaRefused` with the reason where it cannot be a source."""
    found = probe_all([path], settings)[path]
    if isinstance(found, MediaRefused):
        raise found
    return found


def probe_all(
    paths: Iterable[Path], settings: Settings, *, cache: FactsCache | None = None
) -> dict[Path, Found]:
    """Look at many files, in parallel, each once; a file that crashes its reader harms no other.

    With a `cache`, a file that was not touched since costs one look at its name.
    """
    shelf = Shelf(settings.cache_dir / "facts", schema=_SCHEMA)
    found: dict[Path, Found] = {}
    cold: list[_Task] = []
    asked: list[Path] = []
    """Those that the cache does not know as they are."""
    try:
        for path in dict.fromkeys(paths):
            known = None if cache is None else cache.get(path, settings)
            if isinstance(known, MediaFacts):
                found[path] = known
                continue
            asked.append(path)
            task = _prepare(path, settings, shelf)
            if isinstance(task, _Task):
                cold.append(task)
            else:
                found[path] = task
        found.update(_look(cold, settings, shelf))
    finally:
        for task in cold:
            os.close(task.source.descriptor)
    if cache is not None:
        for path in asked:
            if isinstance(facts := found[path], MediaFacts):
                cache.put(path, settings, facts)
    return found


class FactsCache:
    """What is known of files, in memory, for a process that asks again and again; threads may share it."""

    def __init__(self, most: int = 10_000) -> None:
        """Keep at most so many files: with more, the one that nobody asked for longest goes."""
        self._most = most
        self._known: OrderedDict[tuple[object, ...], tuple[tuple[int, ...], Facts]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, settings: Settings) -> Facts | None:
        """What is known of the file, where nobody touched it since."""
        key = _question(path, settings)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            return None
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        # The same file, wherever the name leads through: it was opened under the path policy before.
        if known[0] != _trace(status):
            return None
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
        return known[1]

    def has(self, path: Path, settings: Settings) -> bool:
        """Whether something is known of the file, without a look at it: it may have been touched since."""
        return _question(path, settings) in self._known

    def offer(self, path: Path, settings: Settings, facts: MediaFacts, seen: str) -> None:
        """Remember facts that somebody else kept, if the file is the very one that had the stamp `seen`.

        It was opened under the path policy then; a policy that is narrower now is asked again.
        """
        inside = not settings.media_roots or any(path.is_relative_to(root) for root in settings.media_roots)
        video = facts.video
        small = video is None or video.width * video.height <= settings.max_pixels
        if inside and small:
            self._remember(path, settings, replace(facts, path=str(path)), seen)

    def put(self, path: Path, settings: Settings, facts: Facts) -> None:
        """Remember facts that were just found; a file that changed meanwhile is not remembered."""
        self._remember(path, settings, facts, None)

    def _remember(self, path: Path, settings: Settings, facts: Facts, seen: str | None) -> None:
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return
        if not facts.identity.startswith(f"{status.st_size}-{status.st_mtime_ns}-"):
            return
        if seen is not None and seen != stamp(status):
            return
        with self._lock:
            self._known[_question(path, settings)] = (_trace(status), facts)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _question(path: Path, settings: Settings) -> tuple[object, ...]:
    return path, settings.media_roots, settings.max_pixels


def _trace(status: os.stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino


class _Task:
    """One open file that must be looked at."""

    def __init__(self, asked: Path, source: OpenSource, key: str) -> None:
        self.asked = asked
        self.source = source
        self.key = key


def _prepare(path: Path, settings: Settings, shelf: Shelf) -> Found | _Task:
    absolute = Path(os.path.abspath(path))
    try:
        descriptor = open_source(absolute, settings.media_roots)
    except MediaRefused as refused:
        return refused
    try:
        status = os.fstat(descriptor)
        name = identity(descriptor)
        key = f"{name}-{status.st_dev}-{status.st_ino}-{settings.max_pixels}"
        known = _known(shelf, key)
    except OSError as error:
        os.close(descriptor)
        return MediaRefused.because(
            "media.unreadable", f"{path} cannot be read: {error.strerror}.", hint=DAMAGED
        )
    if known is None:
        return _Task(path, OpenSource(path=absolute, descriptor=descriptor, identity=name), key)
    os.close(descriptor)
    return replace(known, path=str(absolute))


def _known(shelf: Shelf, key: str) -> MediaFacts | None:
    value = shelf.get(key)
    try:
        return None if value is None else MediaFacts.from_json(value)
    except (KeyError, TypeError):
        return None


def _look(tasks: Sequence[_Task], settings: Settings, shelf: Shelf) -> dict[Path, Found]:
    if not tasks:
        return {}
    waiting: SimpleQueue[_Task] = SimpleQueue()
    for task in tasks:
        waiting.put(task)
    found: dict[Path, Found] = {}
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with Reader(settings) as reader:
                while True:
                    task = waiting.get_nowait()
                    result, _ = reader.look(task.source)
                    found[task.asked] = result
                    if isinstance(result, MediaFacts):
                        shelf.put(task.key, result.to_json())
        except Empty:
            return
        except BaseException as error:
            failures.append(error)

    count = min(os.cpu_count() or 1, 1 + len(tasks) // _FILES_PER_PROCESS, len(tasks))
    helpers = [threading.Thread(target=work, daemon=True) for _ in range(count - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
    return found
