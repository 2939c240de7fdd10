"""Takes the screenshots of README: opens the running demos' pages in a headless chromium.

    python examples/weather/run.py --interval 0.5 &
    python examples/login-events/run.py &
    python docs/screenshots/take.py weather http://localhost:8501
    python docs/screenshots/take.py login http://localhost:8502

Needs chromium on PATH, and examples/requirements.txt (Streamlit brings `websockets`).
"""

import base64
import itertools
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

FOLDER = Path(__file__).resolve().parent
DEBUG_PORT = 29160
START_SECONDS_MAX = 20
TEXT_SECONDS_MAX = 40
TAB, BUTTON = 0, -1  # a form's button comes after the tab of the same name


class Page:
    """One tab of a headless chromium, driven over its debugging protocol."""

    def __init__(self, width, height):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ('--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars')
        places = (f'--remote-debugging-port={DEBUG_PORT}', f'--user-data-dir={self.profile.name}')
        command = ['chromium', *options, *places, 'about:blank']
        self.browser = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.open_things = ExitStack()
        self.socket = self.open_things.enter_context(connect(self.tab_address(), max_size=None))
        self.numbers = itertools.count(1)
        size = {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False}
        self.send('Emulation.setDeviceMetricsOverride', **size)

    def tab_address(self):
        deadline = time.time() + START_SECONDS_MAX
        while time.time() < deadline:
            try:
                with urllib.request.urlopen(f'http://127.0.0.1:{DEBUG_PORT}/json') as answer:
                    tabs = [tab for tab in json.load(answer) if tab['type'] == 'page']
                if tabs:
                    return tabs[0]['webSocketDebuggerUrl']
            except OSError:
                pass  # chromium is still starting
            time.sleep(0.2)
        raise SystemExit('chromium did not start')

    def send(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({'id': number, 'method': method, 'params': parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get('id') == number:
                return answer['result']

    def open(self, url, seconds):
        self.send('Page.navigate', url=url)
        time.sleep(seconds)

    def run(self, script):
        return self.send('Runtime.evaluate', expression=script)['result'].get('value')

    def type(self, text, field):
        """Types into the visible input number `field` and leaves it."""
        inputs = '[...document.querySelectorAll("input")].filter((i) => i.offsetParent)'
        self.run(f'{inputs}[{field}].focus(); {inputs}[{field}].select()')
        self.send('Input.insertText', text=text)
        self.send(
            'Input.dispatchKeyEvent', type='keyDown', key='Tab', code='Tab', windowsVirtualKeyCode=9
        )
        self.send(
            'Input.dispatchKeyEvent', type='keyUp', key='Tab', code='Tab', windowsVirtualKeyCode=9
        )
        time.sleep(0.5)

    def click(self, text, which):
        """Clicks the visible button or tab with this text: the first (0) or the last (-1)."""
        self.run(
            '[...document.querySelectorAll("button, [role=tab]")]'
            f'.filter((b) => b.offsetParent && b.innerText.trim() === {json.dumps(text)})'
            f'.at({which}).click()'
        )
        time.sleep(2)

    def wait_for(self, text):
        deadline = time.time() + TEXT_SECONDS_MAX
        while not self.run(f'document.body.innerText.includes({json.dumps(text)})'):
            if time.time() > deadline:
                raise SystemExit(f'the page does not show "{text}"')
            time.sleep(0.2)

    def save(self, name):
        image = base64.b64decode(self.send('Page.captureScreenshot', format='png')['data'])
        (FOLDER / name).write_bytes(image)
        print(f'{name}: {len(image) // 1024} KiB')

    def close(self):
        self.open_things.close()
        self.browser.terminate()
        self.browser.wait()


def take_weather(page, url):
    page.open(url, seconds=8)
    page.wait_for('is above 30')
    page.save('weather-dashboard.png')


def take_login(page, url):
    page.open(url, seconds=6)
    user = f'alice{int(time.time()) % 10000}'
    page.click('Register', TAB)
    for field, text in enumerate((user, f'{user}@example.org', 'correct horse')):
        page.type(text, field)
    page.click('Register', BUTTON)
    page.wait_for('is registered')
    page.click('Log in', TAB)
    for password, answer in (('wrong horse', 'is wrong'), ('correct horse', 'Welcome')):
        page.type(user, 0)
        page.type(password, 1)
        page.click('Log in', BUTTON)
        page.wait_for(answer)
    time.sleep(2)  # the list of events (a canvas: no text to wait for) follows every second
    page.save('login-page.png')


def main():
    takers = {'weather': (take_weather, 1200, 1150), 'login': (take_login, 1200, 620)}
    if len(sys.argv) != 3 or sys.argv[1] not in takers:
        sys.exit(__doc__)
    take, width, height = takers[sys.argv[1]]
    page = Page(width, height)
    try:
        take(page, sys.argv[2])
    finally:
        page.close()


if __name__ == '__main__':
    main()
