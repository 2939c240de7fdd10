# Runs log-ins with confluent-kafka or kafka-python, whichever the first argument names. Each further argument
# is a case: its name and settings (key=value), with tabs between; each line of stdout says how it went:
# name, seconds, error (none: it logged in).
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import kafka
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from kafka.net.sasl.oauth import AbstractTokenProvider


def confluent(config):
    token = config.pop("token", None)
    errors = []
    config["error_cb"] = errors.append
    if token is not None:
        config["oauth_cb"] = lambda _: (token, time.time() + 300)
    client = AdminClient(config)
    end = time.time() + 6
    last = ""
    while time.time() < end:
        client.poll(0.02)
        telling = [e for e in errors if e.name() not in ("_ALL_BROKERS_DOWN", "_RESOLVE")]
        if telling:
            return f"{telling[0].name()}: {telling[0].str()}"
        try:
            client.list_topics(timeout=0.3)
            return ""
        except KafkaException as error:
            last = str(error)
    return last


class Tokens(AbstractTokenProvider):
    def __init__(self, token):
        self._token = token

    def token(self):
        return self._token


def kafka_python(config):
    token = config.pop("token", None)
    if token is not None:
        config["sasl_oauth_token_provider"] = Tokens(token)
    try:
        client = kafka.KafkaAdminClient(bootstrap_timeout_ms=1500, **config)
        client.list_topics()
        client.close()
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def run(argument):
    name, *settings = argument.split("\t")
    begin = time.time()
    error = login(dict(pair.split("=", 1) for pair in settings)).replace("\n", " ")
    return f"{name}\t{time.time() - begin:.3f}\t{error}"


login = {"confluent-kafka": confluent, "kafka-python": kafka_python}[sys.argv[1]]
with ThreadPoolExecutor(8) as pool:
    for outcome in pool.map(run, sys.argv[2:]):
        print(outcome)
