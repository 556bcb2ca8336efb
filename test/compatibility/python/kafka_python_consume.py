"""Reads COUNT records from the beginning without a group and prints the values: kafka_python_consume.py BROKERS TOPIC COUNT [API_VERSION]."""
import sys

from kafka import KafkaConsumer, TopicPartition

brokers, topic, count = sys.argv[1:4]
fixed = {'api_version': tuple(int(part) for part in sys.argv[4].split('.'))} if len(sys.argv) > 4 else {}
consumer = KafkaConsumer(bootstrap_servers=brokers, consumer_timeout_ms=20000, enable_auto_commit=False, **fixed)
partition = TopicPartition(topic, 0)
consumer.assign([partition])
consumer.seek_to_beginning(partition)
for position, record in enumerate(consumer, 1):
    sys.stdout.buffer.write(record.value + b'\n')
    if position == int(count):
        break
consumer.close()
