"""A consumer of librdkafka (confluent-kafka) that takes orders by lines; see load/line-protocol-consumer.ts."""

import json
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def poll(consumer):
    records = {}
    for message in consumer.consume(num_messages=1000, timeout=0.5):
        if message.error() is not None:
            # What concerns no partition, such as a coordinator that it asks about a group nobody uses, it goes on after by itself.
            if message.topic() is None or message.error().retriable() or message.error().name().startswith("_"):
                continue
            raise KafkaException(message.error())
        key = f"{message.topic()}-{message.partition()}"
        value = (message.value() or b"")[:20].decode("latin1").split(" ")[0]
        records.setdefault(key, []).append([message.offset(), int(value) if value.isdigit() else None])
    return records


def main():
    consumer = Consumer(
        {
            "bootstrap.servers": sys.argv[1],
            # Partitions are assigned by hand; librdkafka wants a name all the same.
            "group.id": "harness",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "assign":
            topic, partition, offset = rest
            consumer.incremental_assign([TopicPartition(topic, int(partition), int(offset))])
            continue
        try:
            say(f"polled {rest[0]} {json.dumps(poll(consumer))}")
        except KafkaException as failure:
            say(f"failed {rest[0]} {failure.args[0].name()}")
    consumer.close()


main()
