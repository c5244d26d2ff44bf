"""A producer of librdkafka (confluent-kafka) that takes orders by lines; see load/line-protocol-library.ts."""

import logging
import queue
import re
import sys
import threading

from confluent_kafka import KafkaError, Producer


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def read_orders(orders):
    for line in sys.stdin:
        orders.put(line)
    orders.put(None)


class TellSequenceTrouble(logging.Handler):
    """What brokers say of sequence numbers, librdkafka mends by itself and writes to its log alone."""

    def emit(self, record):
        if re.search(r"sequence|epoch", record.getMessage(), re.IGNORECASE):
            say("told " + re.sub(r"[0-9]+", "N", record.getMessage())[:160].replace("\n", " "))


def main():
    log = logging.Logger("librdkafka")
    log.addHandler(TellSequenceTrouble())
    bootstrap_servers, acks, idempotent = sys.argv[1:4]
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "acks": acks,
            "enable.idempotence": idempotent,
            "linger.ms": 1,
            "error_cb": lambda error: say(f"told {error.name()}"),
        },
        logger=log,
    )

    def delivered(order):
        def callback(error, message):
            if error is None:
                say(f"ok {order} {message.offset()}")
            else:
                # librdkafka's own names begin with an underscore, the broker's are Kafka's.
                say(f"failed {order} {'MESSAGE_TOO_LARGE' if error.code() == KafkaError.MSG_SIZE_TOO_LARGE else error.name()}")

        return callback

    orders = queue.Queue(10_000)
    threading.Thread(target=read_orders, args=(orders,), daemon=True).start()
    while True:
        producer.poll(0)
        try:
            line = orders.get(timeout=0.002)
        except queue.Empty:
            continue
        if line is None:
            break
        _, order, topic, partition, value = line.split()
        producer.produce(topic, f"{value} ".ljust(100, "."), partition=int(partition), on_delivery=delivered(order))
    producer.flush(5)


main()
