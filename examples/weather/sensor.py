"""A sensor: sends a reading of temperature and humidity to the topic `weather` at every tick."""

import argparse
import math
import random
import time
from datetime import datetime, timezone

from kafka_client import connect_producer, to_json
from readings import TOPIC


def measure(sensor_id, tick):
    """A reading; temperature swings between about 18 and 32 degrees, humidity against it."""
    phase = sum(map(ord, sensor_id)) * 4  # every sensor has its own
    swing = math.sin((tick + phase) / 5)
    return {
        'sensor_id': sensor_id,
        'temperature': round(25 + 7 * swing + random.uniform(-0.5, 0.5), 1),
        'humidity': round(55 - 15 * swing + random.uniform(-2, 2), 1),
        'timestamp': datetime.now(timezone.utc).isoformat(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sensor-id', default='sensor-1')
    parser.add_argument(
        '--count', type=int, default=0, help='readings to send (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between readings')
    args = parser.parse_args()

    producer = connect_producer()
    tick = 0
    try:
        while args.count == 0 or tick < args.count:
            reading = measure(args.sensor_id, tick)
            producer.send(TOPIC, key=args.sensor_id.encode(), value=to_json(reading))
            print(
                f'[{args.sensor_id}] reading {tick}: '
                f'{reading["temperature"]} C, {reading["humidity"]} %'
            )
            tick += 1
            time.sleep(args.interval)
    finally:
        producer.flush()
        producer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('sensor stopped')
