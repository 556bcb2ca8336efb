"""Creates, alters, lists and deletes a topic: confluent_admin.py BROKERS TOPIC. Prints what it saw as JSON."""
import json
import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

brokers, topic = sys.argv[1:3]
admin = AdminClient({'bootstrap.servers': brokers})
seen = {}


def outcome(futures):
    """The error name of the only future, or None."""
    [(_, future)] = futures.items()
    try:
        future.result(timeout=20)
    except KafkaException as exception:
        return exception.args[0].name()


def metadata():
    """The partitions of the topic, or None where it is not listed."""
    found = admin.list_topics(timeout=20).topics.get(topic)
    return sorted(found.partitions) if found else None


def config(name):
    [(_, future)] = admin.describe_configs([ConfigResource('topic', topic)]).items()
    return future.result(timeout=20)[name].value


wanted = NewTopic(topic, num_partitions=3, replication_factor=1, config={'retention.ms': '3600000'})
seen['created'] = outcome(admin.create_topics([wanted]))
seen['created again'] = outcome(admin.create_topics([wanted]))
seen['illegal name'] = outcome(admin.create_topics([NewTopic('not/allowed', num_partitions=1, replication_factor=1)]))
seen['illegal setting'] = outcome(admin.create_topics([NewTopic(topic + '-x', 1, 1, config={'retention.ms': 'soon'})]))
seen['too many replicas'] = outcome(admin.create_topics([NewTopic(topic + '-y', 1, 3)]))
seen['partitions'] = metadata()
seen['retention.ms'] = config('retention.ms')
seen['grown'] = outcome(admin.create_partitions([NewPartitions(topic, 5)]))
seen['shrunk'] = outcome(admin.create_partitions([NewPartitions(topic, 2)]))
seen['partitions then'] = metadata()
seen['altered'] = outcome(admin.alter_configs([ConfigResource('topic', topic, set_config={'retention.ms': '7200000'})]))
seen['retention.ms then'] = config('retention.ms')
seen['groups'] = isinstance(admin.list_groups(timeout=20), list)
seen['deleted'] = outcome(admin.delete_topics([topic]))
seen['deleted again'] = outcome(admin.delete_topics([topic]))
seen['partitions at last'] = metadata()
print(json.dumps(seen))
