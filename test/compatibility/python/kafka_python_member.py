"""A member of a consumer group: kafka_python_member.py BROKERS TOPIC GROUP. Ends on SIGTERM."""
import json
import signal
import sys

from kafka import ConsumerRebalanceListener, KafkaConsumer

brokers, topic, group = sys.argv[1:4]
running = True


def stop(*_):
    global running
    running = False


def say(event):
    print(json.dumps(event), flush=True)


class Listener(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        say({'assigned': []})

    def on_partitions_assigned(self, assigned):
        say({'assigned': sorted(partition.partition for partition in assigned)})


signal.signal(signal.SIGTERM, stop)
consumer = KafkaConsumer(
    bootstrap_servers=brokers,
    group_id=group,
    auto_offset_reset='earliest',
    heartbeat_interval_ms=300,
    session_timeout_ms=6000,
    fetch_max_wait_ms=100,
    metadata_max_age_ms=1000,
)
consumer.subscribe([topic], listener=Listener())
while running:
    for partition, records in consumer.poll(timeout_ms=100).items():
        for record in records:
            say({'partition': partition.partition, 'offset': record.offset, 'value': record.value.decode()})
consumer.close()
