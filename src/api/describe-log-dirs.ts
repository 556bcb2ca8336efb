import type { Topic } from '../log/topics.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { describeLogDirsApi } from '../protocol/messages/describe-log-dirs.ts'
import { handler, type Services } from './handle.ts'

// DescribeLogDirs v0-4. One directory. Partitions that do not exist are passed over, as in Kafka.

export const describeLogDirs = handler(describeLogDirsApi, {
  handle: (request, _call, services) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode.none,
    results: [
      {
        errorCode: ErrorCode.none,
        logDir: services.node.logDirectory,
        topics:
          request.topics === null
            ? services.topics.all().map(topic => describe(topic))
            : Array.from(wantedIn(request.topics), ([topic, indexes]) =>
                describeNamed(topic, indexes, services),
              ).flat(),
        ...services.node.diskSpace(),
      },
    ],
  }),
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, results: [] }),
})

/** A topic may be named more than once. */
function wantedIn(topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]) {
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    const indexes = wanted.get(topic) ?? new Set()
    for (const index of partitions) indexes.add(index)
    wanted.set(topic, indexes)
  }
  return wanted
}

function describeNamed(name: string, indexes: ReadonlySet<number>, services: Services) {
  const topic = services.topics.get(name)
  const described = topic && describe(topic, indexes)
  return described && described.partitions.length > 0 ? [described] : []
}

function describe(topic: Topic, indexes?: ReadonlySet<number>) {
  const partitions = topic.partitions.filter(({ index }) => indexes === undefined || indexes.has(index))
  return {
    name: topic.name,
    partitions: partitions.map(({ index, sizeBytes }) => ({
      partitionIndex: index,
      partitionSize: sizeBytes,
      offsetLag: 0,
      isFutureKey: false,
    })),
  }
}
