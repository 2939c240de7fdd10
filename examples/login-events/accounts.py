"""Registration and login: users and login attempts are rows in PostgreSQL, and events in Kafka.

Passwords are stored as bcrypt hashes only. A row is committed before its event is sent.
"""

import time

import bcrypt
import psycopg

from kafka_client import connect_producer, to_json
from postgres import DSN

TOPIC = 'login-events'
PASSWORD_LENGTH_MIN = 8
PASSWORD_BYTES_MAX = 72  # bcrypt reads no further

TABLES = """
CREATE TABLE IF NOT EXISTS users (
    id            serial PRIMARY KEY,
    username      text NOT NULL UNIQUE,
    email         text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS login_attempts (
    id         serial PRIMARY KEY,
    username   text NOT NULL,
    succeeded  boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

# Checked for users that do not exist: the answer takes as long as for those that do.
NOBODYS_HASH = bcrypt.hashpw(b'nobody', bcrypt.gensalt())


class Refused(Exception):
    """A registration that is not possible; the text is for the user."""


class Accounts:
    def __init__(self):
        self.database = psycopg.connect(DSN, autocommit=True)
        self.database.execute(TABLES)
        self.producer = connect_producer()

    def register(self, username, email, password):
        username = username.strip()
        if not username or '@' not in email:
            raise Refused('A user name and an e-mail address, please.')
        if len(password) < PASSWORD_LENGTH_MIN or len(password.encode()) > PASSWORD_BYTES_MAX:
            raise Refused(
                f'The password needs {PASSWORD_LENGTH_MIN} characters, '
                f'and at most {PASSWORD_BYTES_MAX} bytes.'
            )
        password_hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()
        try:
            self.database.execute(
                'INSERT INTO users (username, email, password_hash) VALUES (%s, %s, %s)',
                (username, email, password_hash),
            )
        except psycopg.errors.UniqueViolation:
            raise Refused(f'The name {username} is taken.') from None
        self.send_event('registered', username)

    def login(self, username, password):
        """Whether user and password are right."""
        username = username.strip()
        user = self.database.execute(
            'SELECT password_hash FROM users WHERE username = %s', (username,)
        ).fetchone()
        password_hash = user[0].encode() if user else NOBODYS_HASH
        right = (
            bcrypt.checkpw(password.encode()[:PASSWORD_BYTES_MAX], password_hash)
            and user is not None
        )
        self.database.execute(
            'INSERT INTO login_attempts (username, succeeded) VALUES (%s, %s)', (username, right)
        )
        self.send_event('login_succeeded' if right else 'login_failed', username)
        return right

    def send_event(self, event, username):
        value = {'event': event, 'username': username, 'timestamp': time.time()}
        self.producer.send(TOPIC, key=username.encode(), value=to_json(value)).get(timeout=10)

    def close(self):
        self.producer.close()
        self.database.close()
