"""Consumes, transforms and produces exactly once.

confluent_transform.py BROKERS INPUT OUTPUT GROUP TRANSACTIONAL_ID [NAME=VALUE ...]

Each transaction has up to 20 records, in capitals and in the partition they came from, and their offsets. Prints
{"undecided": COUNT} before the end of each and hesitates a little, {"committed": COUNT} behind it, or {"aborted": REASON}
where it has to begin anew. The settings are the consumer's. Ends on SIGTERM.
"""
import json
import signal
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

brokers, source, target, group, transactional_id = sys.argv[1:6]
running = True


def stop(*_):
    global running
    running = False


def say(event):
    print(json.dumps(event), flush=True)


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({
    'bootstrap.servers': brokers,
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': False,
    'isolation.level': 'read_committed',
    'heartbeat.interval.ms': 300,
    'session.timeout.ms': 6000,
    'reconnect.backoff.max.ms': 500,
    **dict(setting.split('=', 1) for setting in sys.argv[6:]),
})
producer = Producer({
    'bootstrap.servers': brokers,
    'transactional.id': transactional_id,
    'transaction.timeout.ms': 15000,
    'reconnect.backoff.max.ms': 500,
})


def until_done(action, *arguments):
    """Repeats what the node, or its successor, may do when asked again."""
    while True:
        try:
            return action(*arguments)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def gather():
    """Up to 20 messages, none of a partition that was taken away meanwhile."""
    message = consumer.poll(0.2)
    while message is not None and len(batch) < 20:
        if not message.error():
            batch.append(message)
        message = consumer.poll(0) if len(batch) < 20 else None


def transform():
    producer.begin_transaction()
    for message in batch:
        producer.produce(target, message.value().upper(), message.key(), message.partition())
    positions = [place for place in consumer.position(consumer.assignment()) if place.offset >= 0]
    until_done(producer.send_offsets_to_transaction, positions, consumer.consumer_group_metadata())
    producer.flush()
    say({'undecided': len(batch)})
    time.sleep(0.01)
    until_done(producer.commit_transaction)


def rewind():
    """Back to where the last transaction that was committed ended."""
    places = consumer.assignment()
    for place in until_done(consumer.committed, places) if places else []:
        consumer.seek(TopicPartition(place.topic, place.partition, max(0, place.offset)))


def on_assign(_, partitions):
    say({'assigned': [partition.partition for partition in partitions]})


def on_revoke(_, partitions):
    # The next owner, or this one, begins with them again.
    batch.clear()


batch = []
until_done(producer.init_transactions)
consumer.subscribe([source], on_assign=on_assign, on_revoke=on_revoke)
while running:
    gather()
    if not batch:
        continue
    try:
        transform()
        say({'committed': len(batch)})
    except KafkaException as error:
        if not error.args[0].txn_requires_abort():
            raise
        until_done(producer.abort_transaction)
        rewind()
        say({'aborted': error.args[0].name()})
    batch.clear()
consumer.close()
