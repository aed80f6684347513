"""What is taken from the inside of Prefect and of the process pool, where nothing public does it.

A failure here means that a newer version moved a part. Each test says what depends on it, and what to do.
"""

import inspect
from concurrent.futures import ProcessPoolExecutor
from queue import Queue

from prefect.events.worker import EventsWorker
from prefect.runner import Runner
from prefect.runner._scheduled_run_poller import ScheduledRunPoller

from paperhouse.flows import prefect_api
from paperhouse.flows.server.runner import PatientRunner


def test_the_runner_polls_through_the_part_that_is_made_patient():
    """`PatientRunner` wraps this call, so that a server which is away does not end loads in progress.

    Look first whether Prefect's runner survives three failed polls by itself now: then delete `PatientRunner`. Else
    find the method that polls once, and wrap that.
    """
    assert "self._scheduled_run_poller = ScheduledRunPoller(" in inspect.getsource(Runner)
    polling = inspect.signature(ScheduledRunPoller._get_and_submit_flow_runs).parameters
    assert list(polling) == ["self", "task_group"]
    assert inspect.iscoroutinefunction(ScheduledRunPoller._get_and_submit_flow_runs)
    assert "_get_and_submit_flow_runs" in inspect.getsource(ScheduledRunPoller.run)
    assert inspect.iscoroutinefunction(PatientRunner.__aenter__)


def test_waiting_events_can_be_taken_back():
    """`forget_events` empties these queues when the server is gone: else each event delays the end by 11 seconds.

    Look first whether a setting of Prefect's limits that wait now. Else find where events wait to be sent.
    """

    made = "".join(
        inspect.getsource(known) for known in EventsWorker.__mro__ if known.__module__.startswith("prefect")
    )
    assert "self._queue" in made
    assert "cls._instances[" in made
    worker = EventsWorker.__new__(EventsWorker)
    worker._queue = Queue()
    worker._queue.put("an event")
    EventsWorker._instances[0] = worker
    try:
        prefect_api.forget_events()
        assert worker._queue.empty()
    finally:
        del EventsWorker._instances[0]


def test_the_processes_of_a_pool_are_known_by_number():
    """`LoneWorker` reads there how a worker died, which tells a crash from a kill for want of memory.

    Should it be gone, start the one worker with `multiprocessing.Process` and read its `exitcode`.
    """
    with ProcessPoolExecutor(1) as pool:
        number = pool.submit(int, "7")
        assert number.result() == 7
        (process,) = pool._processes.values()
        assert process.exitcode is None
    assert process.exitcode is not None
