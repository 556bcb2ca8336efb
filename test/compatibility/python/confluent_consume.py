"""Reads a topic from the beginning to its end and prints the values: confluent_consume.py BROKERS TOPIC GROUP COUNT.

Commits by hand what it has read, so that the same group goes on behind it."""
import sys

from confluent_kafka import Consumer

brokers, topic, group, count = sys.argv[1:5]
consumer = Consumer({
    'bootstrap.servers': brokers,
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': False,
})
consumer.subscribe([topic])
last = None
for _ in range(int(count)):
    last = consumer.poll(30)
    if last is None or last.error():
        sys.exit(f'no record: {last and last.error()}')
    sys.stdout.buffer.write(last.value() + b'\n')
if last is not None:
    consumer.commit(message=last, asynchronous=False)
consumer.close()
