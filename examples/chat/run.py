"""Three users chat with one another; what each of them sees is printed. Then it is your turn."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from demo import Demo  # noqa: E402

USERS = ('alice', 'bob', 'carol')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=5, help='messages of each user')
    parser.add_argument('--interval', type=float, default=0.5, help='seconds between messages')
    args = parser.parse_args()
    others = str(args.count * (len(USERS) - 1))

    with Demo(__file__) as demo:
        users = [
            demo.start(
                'chat.py', '--user', user, '--leave-after', others, wait_for='ready', typed=True
            )
            for user in USERS
        ]
        for number in range(1, args.count + 1):
            for user in users:
                user.stdin.write(f'message {number}\n')
                user.stdin.flush()
                time.sleep(args.interval)
        for user in users:
            user.stdin.close()
        demo.wait()
    print('Now chat yourself, in a terminal each: python chat.py --user <your name>')


if __name__ == '__main__':
    main()
