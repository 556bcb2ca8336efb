"""Produces lines of standard input: kafka_python_produce.py BROKERS TOPIC COMPRESSION [API_VERSION].

COMPRESSION is none, gzip, snappy, lz4 or zstd. Prints {"delivered": N}."""
import json
import sys

from kafka import KafkaProducer

brokers, topic, compression = sys.argv[1:4]
fixed = {'api_version': tuple(int(part) for part in sys.argv[4].split('.'))} if len(sys.argv) > 4 else {}
producer = KafkaProducer(
    bootstrap_servers=brokers,
    acks='all',
    compression_type=None if compression == 'none' else compression,
    **fixed,
)
futures = []
for line in sys.stdin.buffer:
    value = line.rstrip(b'\n')
    futures.append(producer.send(topic, key=value[:100] or None, value=value))
producer.flush(timeout=30)
offsets = [future.get(timeout=30).offset for future in futures]
producer.close()
print(json.dumps({'delivered': len(offsets)}))
