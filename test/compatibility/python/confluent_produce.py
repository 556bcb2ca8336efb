"""Produces lines of standard input: confluent_produce.py BROKERS TOPIC [NAME=VALUE ...]. Each line is key and value.

Prints {"delivered": N, "failed": [...]}."""
import json
import sys

from confluent_kafka import Producer

brokers, topic = sys.argv[1:3]
producer = Producer({
    'bootstrap.servers': brokers,
    **dict(setting.split('=', 1) for setting in sys.argv[3:]),
})
delivered = 0
failed = []


def on_delivery(error, _):
    global delivered
    if error:
        failed.append(str(error))
    else:
        delivered += 1


for line in sys.stdin.buffer:
    value = line.rstrip(b'\n')
    while True:
        try:
            producer.produce(topic, key=value[:100], value=value, headers=[('length', str(len(value)))], on_delivery=on_delivery)
            break
        except BufferError:
            producer.poll(0.1)
    producer.poll(0)
producer.flush(30)
print(json.dumps({'delivered': delivered, 'failed': failed}))
