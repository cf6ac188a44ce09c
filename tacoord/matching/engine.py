"""Where the blocks of a sweep run: in this process, in several of this machine, or on a Dask cluster."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Shared = TypeVar("Shared")

LOCAL = "local"
_SCHEMES = ("tcp://", "tls://", "ws://", "wss://", "ucx://")
_CONNECT_SECONDS = 15
_ALIGNED = 64


class Engine(Protocol):
    """Runs one function over many tasks; results come in the order of the tasks."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """The result of each task; tasks are taken as they are needed, never all at once."""
        ...

    def map_with(
        self, function: Callable[[Shared, Task], Result], shared: Shared, tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `map`, with a large value that every task reads and that travels once."""
        ...

    def shared(self, value: Shared) -> Shared:
        """The value as `map_with` takes it at no further cost; where it lies in a file, this process looks there too,
        so that it need not be kept twice. It is for reading only.
        """
        ...


class Alone:
    """Everything in this process."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """One after the other."""
        return map(function, tasks)

    def map_with(
        self, function: Callable[[Shared, Task], Result], shared: Shared, tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """One after the other."""
        return (function(shared, task) for task in tasks)

    def shared(self, value: Shared) -> Shared:
        """The value itself."""
        return value


class Processes:
    """Several processes of this machine; shared values travel through a file whose arrays all of them look into."""

    def __init__(self, pool: ProcessPoolExecutor, workers: int, folder: Path) -> None:
        self._pool, self._ahead, self._folder = pool, 2 * workers, folder
        self._shared: Any = None
        self._count = 0

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """A few tasks ahead of the one whose result is waited for."""
        return _windowed(lambda task: self._pool.submit(function, task), tasks, self._ahead)

    def map_with(
        self, function: Callable[[Shared, Task], Result], shared: Shared, tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """The shared value is written once, also where it comes again and again."""
        if shared is not self._shared:
            self._write(shared)
            self._shared = shared
        place = str(self._place())
        return _windowed(
            lambda task: self._pool.submit(_from_file, function, place, task), tasks, self._ahead
        )

    def shared(self, value: Shared) -> Shared:
        """The value as it lies in the file."""
        self._shared = None
        self._write(value)
        self._shared = read_shared(self._place())
        held: Shared = self._shared
        return held

    def _write(self, value: Any) -> None:
        self._place().unlink(missing_ok=True)
        self._count += 1
        write_shared(self._place(), value)

    def _place(self) -> Path:
        return self._folder / f"shared-{self._count}"


class Cluster:
    """The workers of a Dask scheduler; a task whose worker is lost runs again on another."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._ahead = 2 * max(1, sum(client.nthreads().values()))

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """A few tasks ahead of the one whose result is waited for."""
        return _windowed(
            lambda task: self._client.submit(function, task, pure=False), tasks, self._ahead
        )

    def map_with(
        self, function: Callable[[Shared, Task], Result], shared: Shared, tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """The shared value goes to every worker, so that the loss of one loses nothing."""
        held = self._client.scatter(shared, broadcast=True, hash=False)
        submit = self._client.submit
        return _windowed(lambda task: submit(function, held, task, pure=False), tasks, self._ahead)

    def shared(self, value: Shared) -> Shared:
        """The value itself: it travels when it is used."""
        return value


class _Waited(Protocol):
    def result(self) -> Any: ...


def _windowed(
    submit: Callable[[Task], _Waited], tasks: Iterable[Task], ahead: int
) -> Iterator[Any]:
    waiting: deque[_Waited] = deque()
    for task in tasks:
        waiting.append(submit(task))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _from_file(function: Callable[[Any, Any], Any], path: str, task: Any) -> Any:
    return function(_loaded(path), task)


@lru_cache(maxsize=1)
def _loaded(path: str) -> Any:
    return read_shared(Path(path))


def write_shared(path: Path, value: Any) -> None:
    """Write a value; the contents of its arrays come first, as they are, and the rest behind them."""
    buffers: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    ends, end = list[tuple[int, int]](), 0
    with path.open("wb") as file:
        for buffer in buffers:
            raw = buffer.raw()
            ends.append((end, raw.nbytes))
            file.write(raw)
            file.write(bytes(-raw.nbytes % _ALIGNED))
            end += raw.nbytes + -raw.nbytes % _ALIGNED
        tail = pickle.dumps((ends, rest), protocol=5)
        file.write(tail)
        file.write(len(tail).to_bytes(8, "little"))


def read_shared(path: Path) -> Any:
    """The value of `write_shared`; its arrays are looked into where they are, and cannot be written."""
    with path.open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    size = int.from_bytes(whole[-8:], "little")
    ends, rest = pickle.loads(whole[-8 - size : -8])
    return pickle.loads(rest, buffers=[whole[start : start + length] for start, length in ends])


@contextmanager
def opened(engine: str = LOCAL, *, workers: int = 1) -> Iterator[Engine]:
    """The engine `local` with so many processes, or the Dask scheduler at an address such as tcp://host:8786.

    Raises ValueError for anything else, and OSError where the scheduler does not answer.
    """
    if engine.startswith(_SCHEMES):
        with _client(engine) as client:
            yield Cluster(client)
        return
    if engine != LOCAL:
        raise ValueError(
            f"no engine {engine!r}: `local`, or the address of a scheduler such as tcp://host:8786"
        )
    if workers <= 1:
        yield Alone()
        return
    # Processes are started afresh: a copy of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="tacoord-") as folder,
        ProcessPoolExecutor(workers, mp_context=context) as pool,
    ):
        yield Processes(pool, workers, Path(folder))


def _client(address: str) -> Any:
    try:
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise ValueError("a Dask scheduler needs the extra: pip install 'tacoord[dask]'") from error
    # Taken as untyped: the library is typed in part only.
    connect: Any = distributed.Client
    client = connect(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    if not client.nthreads():
        client.close()
        raise OSError(f"the scheduler at {address} has no workers")
    return client


def default_workers() -> int:
    """As many processes as this one may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
