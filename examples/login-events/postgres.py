"""A PostgreSQL of the demo's own: in a folder of its own, on port 5433 of 127.0.0.1 only.

`python postgres.py start` and `python postgres.py stop`; run.py does both by itself.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PORT = int(os.environ.get('LOGIN_DEMO_PGPORT', '5433'))
FOLDER = Path(
    os.environ.get('LOGIN_DEMO_PGDATA', f'{tempfile.gettempdir()}/ottla-login-demo-{os.getuid()}')
)
USER, PASSWORD = 'demo', 'demo'
DSN = f'postgresql://{USER}:{PASSWORD}@127.0.0.1:{PORT}/postgres'


def start():
    """Starts the server, which is set up first if need be. Returns when it accepts connections."""
    if is_running():
        return
    if not (FOLDER / 'data' / 'PG_VERSION').exists():
        set_up()
    options = f"-p {PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    log = FOLDER / 'log'
    if run(
        'pg_ctl', 'start', '-w', '-s', '-D', FOLDER / 'data', '-l', log, '-o', options
    ).returncode:
        last_lines = log.read_text().splitlines()[-5:] if log.exists() else []
        sys.exit('\n'.join([f'PostgreSQL did not start on port {PORT}:', *last_lines]))
    print(f'[postgres] ready on 127.0.0.1:{PORT}, data in {FOLDER}')


def stop():
    if is_running():
        run('pg_ctl', 'stop', '-w', '-s', '-m', 'fast', '-D', FOLDER / 'data')
        print('[postgres] stopped')


def is_running():
    if not (FOLDER / 'data').exists():
        return False
    return run('pg_ctl', 'status', '-D', FOLDER / 'data', stdout=subprocess.DEVNULL).returncode == 0


def set_up():
    binaries()  # says what is missing before anything is written
    FOLDER.mkdir(parents=True, exist_ok=True)
    password_file = FOLDER / 'password'
    password_file.write_text(PASSWORD)
    if os.getuid() == 0:
        for path in (FOLDER, password_file):
            shutil.chown(path, 'postgres')
    options = ('-U', USER, '--pwfile', password_file, '--auth=scram-sha-256', '--encoding=UTF8')
    made = run('initdb', '-D', FOLDER / 'data', *options, stdout=subprocess.DEVNULL)
    password_file.unlink()
    if made.returncode:
        sys.exit(f'initdb could not set up {FOLDER}')


def run(program, *arguments, **options):
    """Runs one of PostgreSQL's programs; it refuses root, which becomes user `postgres`."""
    command = [binaries() / program, *arguments]
    if os.getuid() == 0:
        command = ['runuser', '-u', 'postgres', '--', *command]
    return subprocess.run([str(word) for word in command], cwd='/', check=False, **options)


def binaries():
    """The folder of initdb and pg_ctl. As root on Debian, installs PostgreSQL 15 if missing."""
    folder = find_binaries()
    if folder is None and os.getuid() == 0 and shutil.which('apt-get'):
        print('[postgres] installing postgresql-15 with apt-get')
        subprocess.run(['apt-get', 'update', '-qq'], check=False)
        subprocess.run(['apt-get', 'install', '-qq', '-y', 'postgresql-15'], check=False)
        folder = find_binaries()
    if folder is None:
        sys.exit(
            'This demo needs PostgreSQL: apt-get install postgresql-15 '
            '(or put initdb and pg_ctl on PATH).'
        )
    if os.getuid() == 0 and 'postgres' not in (user.pw_name for user in pwd.getpwall()):
        sys.exit(
            'PostgreSQL does not run as root, and there is no user `postgres`: '
            'start this demo as another user.'
        )
    return folder


def find_binaries():
    debian = Path('/usr/lib/postgresql')
    folders = [debian / '15' / 'bin', *sorted(debian.glob('*/bin'), reverse=True)]
    on_path = shutil.which('initdb')
    if on_path:
        folders.append(Path(on_path).parent)
    return next((folder for folder in folders if (folder / 'initdb').exists()), None)


if __name__ == '__main__':
    actions = {'start': start, 'stop': stop}
    if sys.argv[1:] not in (['start'], ['stop']):
        sys.exit('usage: python postgres.py start|stop')
    actions[sys.argv[1]]()
