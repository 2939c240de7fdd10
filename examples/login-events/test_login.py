"""Checks the demo without a browser: registers, logs in rightly and wrongly; compares rows, events.

Starts a PostgreSQL of its own in a temporary folder (port LOGIN_DEMO_PGPORT, default 5433).
"""

import json
import os
import shutil
import tempfile
import threading
import time
import uuid

os.environ['LOGIN_DEMO_PGDATA'] = tempfile.mkdtemp(prefix='ottla-login-test-')
os.chmod(os.environ['LOGIN_DEMO_PGDATA'], 0o755)

import bcrypt  # noqa: E402
import psycopg  # noqa: E402
from kafka import KafkaConsumer  # noqa: E402

import postgres  # noqa: E402
from accounts import TOPIC, Accounts, Refused  # noqa: E402
from kafka_client import BOOTSTRAP, check_broker  # noqa: E402

START_SECONDS_MAX = 10
EVENTS_SECONDS_MAX = 10
DELAY_MS_MAX = 1000

checks = 0


def check(condition, what):
    global checks
    if not condition:
        raise SystemExit(f'login-events: FAILED: {what}')
    checks += 1
    print(f'[test] {what}')


def check_refused(accounts, username, email, password, what):
    try:
        accounts.register(username, email, password)
    except Refused:
        check(True, what)
    else:
        check(False, what)


class EventReader(threading.Thread):
    """Collects the events from now on, as (event, username, delay in ms)."""

    def __init__(self):
        super().__init__(daemon=True)
        self.events = []
        self.stop = threading.Event()
        self.consumer = KafkaConsumer(
            TOPIC, bootstrap_servers=BOOTSTRAP, auto_offset_reset='latest'
        )
        deadline = time.time() + START_SECONDS_MAX
        while not self.consumer.assignment() and time.time() < deadline:
            self.consumer.poll(timeout_ms=100)
        for partition in self.consumer.assignment():
            self.consumer.position(partition)  # "latest" is fixed now, not at the first fetch

    def run(self):
        while not self.stop.is_set():
            for messages in self.consumer.poll(timeout_ms=200).values():
                for message in messages:
                    event = json.loads(message.value)
                    delay = (time.time() - event['timestamp']) * 1000
                    self.events.append((event['event'], event['username'], delay))
        self.consumer.close()

    def finish(self, count):
        """Waits for `count` events, and a moment longer for any that would be too many."""
        deadline = time.time() + EVENTS_SECONDS_MAX
        while len(self.events) < count and time.time() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        self.stop.set()
        self.join()
        return self.events


def test(accounts, database):
    name = f'user-{uuid.uuid4().hex[:8]}'
    nobody = f'nobody-{name}'
    reader = EventReader()
    reader.start()

    accounts.register(name, f'{name}@example.org', 'correct horse')
    row = database.execute(
        'SELECT email, password_hash FROM users WHERE username = %s', (name,)
    ).fetchone()
    check(row is not None and row[0] == f'{name}@example.org', 'a registration is a row')
    check('correct horse' not in row[1], 'the password itself is not stored')
    check(
        bcrypt.checkpw(b'correct horse', row[1].encode()),
        "the row holds the password's bcrypt hash",
    )
    check_refused(
        accounts, name, 'other@example.org', 'another password', 'a name that is taken is refused'
    )
    check_refused(accounts, 'short', 'short@example.org', 'short', 'a short password is refused')
    check_refused(
        accounts,
        'long',
        'long@example.org',
        'x' * 73,
        'a password beyond what bcrypt reads is refused',
    )
    check_refused(accounts, ' ', 'blank@example.org', 'long enough', 'a blank name is refused')

    check(accounts.login(name, 'correct horse') is True, 'the right password logs in')
    check(accounts.login(name, 'wrong horse') is False, 'a wrong password does not')
    check(accounts.login(nobody, 'correct horse') is False, 'nor does an unknown user')
    check(accounts.login(name, 'x' * 100) is False, 'nor a very long password')

    attempts = database.execute(
        'SELECT username, succeeded FROM login_attempts ORDER BY id'
    ).fetchall()
    expected = [(name, True), (name, False), (nobody, False), (name, False)]
    check(attempts == expected, 'each login attempt is a row')

    events = [event for event in reader.finish(count=5) if event[1] in (name, nobody)]
    of_user = [event for event, username, _ in events if username == name]
    of_nobody = [event for event, username, _ in events if username == nobody]
    check(
        of_user == ['registered', 'login_succeeded', 'login_failed', 'login_failed'],
        "a user's events arrive once and in order",
    )
    check(of_nobody == ['login_failed'], "the unknown user's failure is an event too")
    check(all(delay < DELAY_MS_MAX for _, _, delay in events), 'each event arrives within a second')


def main():
    try:
        check_broker()
        postgres.start()
        accounts = Accounts()
        with psycopg.connect(postgres.DSN) as database:
            test(accounts, database)
        accounts.close()
    finally:
        postgres.stop()
        shutil.rmtree(os.environ['LOGIN_DEMO_PGDATA'], ignore_errors=True)
    print(f'login-events: {checks} checks passed')


if __name__ == '__main__':
    main()
