"""A chat room: what you type goes to the topic `chat-room`, what the others type is shown.

Every user reads in a group of their own (`chat-<user>`), so everyone gets every message; the group
remembers where you stopped reading, so you also get what was said while you were away.
"""

import argparse
import json
import sys
import threading
import time

from kafka_client import connect_consumer, connect_producer, to_json

TOPIC = 'chat-room'


class Reader(threading.Thread):
    """Shows the others' messages until `stop` is set, or `leave_after` of them have been shown."""

    def __init__(self, user, leave_after):
        super().__init__()
        self.user = user
        self.leave_after = leave_after
        self.stop = threading.Event()
        self.consumer = connect_consumer(TOPIC, group_id=f'chat-{user}')

    def run(self):
        shown = 0
        while not self.stop.is_set():
            for messages in self.consumer.poll(timeout_ms=200).values():
                for message in messages:
                    shown += self.show(message)
            if self.leave_after and shown >= self.leave_after:
                break
        self.consumer.close()

    def show(self, message):
        said = json.loads(message.value)
        if said['user'] == self.user:
            return 0
        delay = time.time() * 1000 - message.timestamp
        print(f"[{self.user}'s screen] {said['user']}: {said['text']} ({delay:.0f} ms)", flush=True)
        return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--user', required=True, help='your name in the room')
    parser.add_argument(
        '--leave-after',
        type=int,
        default=0,
        help='after the end of the input, stay until this many messages of others have been shown',
    )
    args = parser.parse_args()

    producer = connect_producer()
    reader = Reader(args.user, args.leave_after)
    reader.start()
    try:
        for line in sys.stdin:
            message = {'user': args.user, 'text': line.rstrip('\n'), 'timestamp': time.time()}
            producer.send(TOPIC, key=args.user.encode(), value=to_json(message))
        if args.leave_after:
            reader.join()
    finally:
        reader.stop.set()
        reader.join()
        producer.flush()
        producer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('left the room')
