"""Processes that tests started."""

import subprocess


def end_process(process: subprocess.Popen) -> None:
    """Ask a process to end, and end it where it does not within twenty seconds."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
