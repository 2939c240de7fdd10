"""Runs the programs of a demo side by side: starts them, shows their output, ends them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 5


class Terminated(KeyboardInterrupt):
    """SIGTERM, which unlike ctrl-C reaches only us and not the programs that we started."""


def terminate(*_):
    raise Terminated


class Demo:
    """`with Demo(__file__) as demo:` starts programs of this folder; they end with the block."""

    def __init__(self, run_script):
        self.folder = Path(run_script).resolve().parent
        self.programs = []

    def __enter__(self):
        # A shell's `&` has switched SIGINT off for us, and so for the programs that we start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, terminate)
        return self

    def __exit__(self, kind, error, traceback):
        interrupted = kind is KeyboardInterrupt
        for program in self.programs:
            if program.poll() is None and not interrupted:  # ctrl-C has reached them already
                program.send_signal(signal.SIGINT)
        for program in self.programs:
            try:
                program.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                program.terminate()
        return interrupted or kind is Terminated

    def start(self, *command, wait_for=None, typed=False):
        """Starts `python command...`.

        With `wait_for`, returns once a line of its output contains that text. With `typed`,
        its input is what the caller writes to the result's `stdin`.
        """
        program = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env={**os.environ, 'PYTHONUNBUFFERED': '1'},
            stdin=subprocess.PIPE if typed else None,
            stdout=subprocess.PIPE,
            text=True,
            encoding='utf-8',
        )
        self.programs.append(program)
        ready = threading.Event()

        def show_output():
            for line in program.stdout:
                print(line, end='', flush=True)
                if wait_for is not None and wait_for in line:
                    ready.set()
            ready.set()  # it has ended

        threading.Thread(target=show_output, daemon=True).start()
        if wait_for is not None and not ready.wait(READY_SECONDS_MAX):
            sys.exit(f'{command[0]} was not ready within {READY_SECONDS_MAX} seconds')
        self.check(program)
        return program

    def wait(self):
        """Waits until every program has ended by itself."""
        while any(program.poll() is None for program in self.programs):
            for program in self.programs:
                self.check(program)
            time.sleep(0.1)
        for program in self.programs:
            self.check(program)

    @staticmethod
    def check(program):
        """Ends the demo when one of its programs has failed; that program has said why."""
        if program.poll():
            sys.exit(1)
