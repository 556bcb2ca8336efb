"""A member of a consumer group: confluent_member.py BROKERS TOPIC GROUP [NAME=VALUE ...]. Ends on SIGTERM."""
import json
import signal
import sys

from confluent_kafka import Consumer

brokers, topic, group = sys.argv[1:4]
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
    'heartbeat.interval.ms': 300,
    'session.timeout.ms': 6000,
    **dict(setting.split('=', 1) for setting in sys.argv[4:]),
})


cooperative = any('cooperative' in setting for setting in sys.argv[4:])
owned = set()


def on_assign(_, partitions):
    if cooperative:
        consumer.incremental_assign(partitions)
    else:
        consumer.assign(partitions)
        owned.clear()
    owned.update(partition.partition for partition in partitions)
    say({'assigned': sorted(owned)})


def on_revoke(_, partitions):
    if cooperative:
        consumer.incremental_unassign(partitions)
    else:
        consumer.unassign()
    owned.difference_update(partition.partition for partition in partitions)
    say({'assigned': sorted(owned)})


consumer.subscribe([topic], on_assign=on_assign, on_revoke=on_revoke)
while running:
    message = consumer.poll(0.1)
    if message is None:
        continue
    if message.error():
        sys.exit(str(message.error()))
    say({'partition': message.partition(), 'offset': message.offset(), 'value': message.value().decode()})
consumer.close()
