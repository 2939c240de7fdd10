"""Runs every demo headless and checks what arrives: `python examples/run-all.py [demo ...]`.

Starts a broker for it on a free port, or uses the one at KAFKA_BOOTSTRAP, which should be fresh:
what an interrupted demo left in its topics would arrive too. Ends with a line `examples: N passed,
M failed`.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SECONDS_MAX = 120
DELAY_MS_MAX = 1000
COUNT = 32  # a sensor passes 30 degrees within so many readings
FAST = ('--count', str(COUNT), '--interval', '0.03')


@contextmanager
def broker():
    """Sets KAFKA_BOOTSTRAP to a new broker with a data directory of its own, unless it is set."""
    if 'KAFKA_BOOTSTRAP' in os.environ:
        yield
        return
    main = FOLDER.parent / 'dist' / 'src' / 'cli' / 'main.js'
    if not main.exists():
        subprocess.run(['npm', 'run', '--silent', 'build'], cwd=FOLDER.parent, check=True)
    with tempfile.TemporaryDirectory() as data:
        settings = ('listeners=PLAINTEXT://127.0.0.1:0', f'log.dirs={data}')
        overrides = [word for setting in settings for word in ('--override', setting)]
        command = ['node', str(main), 'start', *overrides]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = re.match(r'ottla ready on (\S+:\d+)', process.stdout.readline())
        if ready is None:
            sys.exit('the broker did not start')
        os.environ['KAFKA_BOOTSTRAP'] = ready[1].rstrip(',')
        try:
            yield
        finally:
            process.terminate()
            process.wait()


class Failed(Exception):
    """What a demo did not do."""


def run(*command):
    """The lines that a demo prints; it must end by itself, and well."""
    try:
        result = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(
            f'did not end within {SECONDS_MAX} s:\n{(error.stdout or b"").decode()}'
        ) from None
    if result.returncode:
        raise Failed(f'exit code {result.returncode}:\n{result.stdout}{result.stderr}')
    for line in result.stdout.splitlines():
        delay = re.search(r'\((\d+) ms\)$', line)
        if delay and int(delay[1]) >= DELAY_MS_MAX:
            raise Failed(f'a message took {delay[1]} ms: {line}')
    return result.stdout.splitlines()


def python(script, *arguments):
    return run(sys.executable, script, *arguments)


def expect(lines, pattern, count):
    """Exactly `count` lines match, and no two of them say the same (the pattern's groups)."""
    found = [match.groups() for match in map(re.compile(pattern).search, lines) if match]
    if len(found) != count or len(set(found)) != count:
        text = '\n'.join(lines)
        raise Failed(
            f'{len(set(found))} different of {len(found)} lines match {pattern}, '
            f'not {count}:\n{text}'
        )


def check_orders(lines):
    for service in ('order', 'payment', 'notification', 'inventory'):
        expect(lines, rf'^\[{service}\] order (\d+) ', COUNT)


def order_payment():
    check_orders(python('order-payment/run.py', *FAST))


def order_payment_js():
    check_orders(run('node', 'order-payment-js/run.js', *FAST))


def weather():
    lines = python('weather/run.py', '--headless', *FAST)
    expect(lines, r'^\[console\] (sensor-\d) at (\S+): ', COUNT * 3)
    if not any(line.startswith('[console] ALERT') for line in lines):
        raise Failed('no alert above 30 degrees')


def stream_processing():
    lines = python('stream-processing/run.py', *FAST)
    expect(lines, r'^\[processor\] (\d+) ', COUNT)
    expect(lines, r'^\[consumer\] partition [0-2]: (\d+) ', COUNT)


def login_events():
    lines = python('login-events/test_login.py')
    expect(lines, r'^(login-events: \d+ checks passed)$', 1)


def chat():
    lines = python('chat/run.py', *FAST)
    expect(lines, r"^\[(\w+)'s screen\] (\w+): message (\d+)", COUNT * 3 * 2)


def stock_prices():
    with tempfile.TemporaryDirectory() as folder:
        csv, png = Path(folder, 'prices.csv'), Path(folder, 'prices.png')
        lines = python('stock-prices/run.py', *FAST, '--csv', csv, '--plot-file', png)
        if sum(line.startswith('[average] ') for line in lines) != COUNT * 3:
            raise Failed('not one moving average for each price')
        expect(csv.read_text().splitlines(), r'^(\w+),\S+,(\S+)$', COUNT * 3)
        if not png.read_bytes().startswith(b'\x89PNG'):
            raise Failed('the plot is no PNG file')


DEMOS = (
    order_payment,
    order_payment_js,
    weather,
    stream_processing,
    login_events,
    chat,
    stock_prices,
)


def main():
    os.environ['PYTHONIOENCODING'] = 'utf-8'
    names = {demo.__name__.replace('_', '-'): demo for demo in DEMOS}
    unknown = [name for name in sys.argv[1:] if name not in names]
    if unknown:
        sys.exit(f'no demo {", ".join(unknown)}; there are {", ".join(names)}')
    chosen = sys.argv[1:] or list(names)
    with broker():
        failed = sum(not passes(name, names[name]) for name in chosen)
    print(f'examples: {len(chosen) - failed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


def passes(name, demo):
    started = time.time()
    try:
        demo()
    except Failed as error:
        print(f'{name}: FAILED: {error}', flush=True)
        return False
    print(f'{name}: passed in {time.time() - started:.1f} s', flush=True)
    return True


if __name__ == '__main__':
    main()
