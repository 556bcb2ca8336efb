import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { alterReplicaLogDirsApi } from '../protocol/messages/alter-replica-log-dirs.ts'
import { handler, type Services, settle } from './handle.ts'

// AlterReplicaLogDirs v0-2. There is one directory, and every partition is in it: to want it there is done at once, any
// other is LOG_DIR_NOT_FOUND, as by a Kafka broker with one directory.

export const alterReplicaLogDirs = handler(alterReplicaLogDirsApi, {
  handle(request, _call, services) {
    // As in Kafka, a partition that is named for several directories goes by the last.
    const wanted = new Map<string, Map<number, string>>()
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions } of topics) {
        const paths = wanted.get(name) ?? new Map<number, string>()
        for (const index of partitions) paths.set(index, path)
        wanted.set(name, paths)
      }
    }
    return {
      throttleTimeMs: 0,
      results: Array.from(wanted, ([topicName, paths]) => ({
        topicName,
        partitions: Array.from(paths, ([partitionIndex, path]) => ({
          partitionIndex,
          errorCode: settle(() => move(topicName, partitionIndex, path, services)).errorCode,
        })),
      })),
    }
  },
  refuse: ({ dirs }, { errorCode }) => ({
    throttleTimeMs: 0,
    results: dirs.flatMap(({ topics }) =>
      topics.map(({ name, partitions }) => ({
        topicName: name,
        partitions: partitions.map(partitionIndex => ({ partitionIndex, errorCode })),
      })),
    ),
  }),
})

/** In Kafka's order: the directory, then the partition. */
function move(name: string, index: number, path: string, { topics, node }: Services): object {
  if (path !== node.logDirectory) throw new KafkaError(ErrorCode.logDirNotFound)
  if (!topics.get(name)?.partitions[index]) throw new KafkaError(ErrorCode.unknownTopicOrPartition)
  return {}
}
