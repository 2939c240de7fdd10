# Runs log-ins with confluent-kafka and kafka-python. Reads a JSON list of cases from the first argument
# ({name, client, config}), prints one JSON line a case: {name, ok, error, seconds}.
import json
import sys
import time

import kafka
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient


def confluent(config):
    token = config.pop("token", None)
    errors = []
    config["error_cb"] = errors.append
    if token is not None:
        config["oauth_cb"] = lambda _: (token, time.time() + 300)
    client = AdminClient(config)
    end = time.time() + 5
    while time.time() < end:
        client.poll(0.02)
        telling = [e for e in errors if e.name() not in ("_ALL_BROKERS_DOWN", "_RESOLVE")]
        if telling:
            return f"{telling[0].name()}: {telling[0].str()}"
        try:
            client.list_topics(timeout=0.3)
            return None
        except KafkaException as error:
            last = str(error)
    return last


def kafka_python(config):
    try:
        client = kafka.KafkaAdminClient(bootstrap_timeout_ms=1500, **config)
        client.list_topics()
        client.close()
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"


clients = {"confluent": confluent, "kafka-python": kafka_python}
for case in json.loads(sys.argv[1]):
    begin = time.time()
    error = clients[case["client"]](case["config"])
    seconds = time.time() - begin
    print(json.dumps({"name": case["name"], "ok": error is None, "error": error, "seconds": seconds}))
