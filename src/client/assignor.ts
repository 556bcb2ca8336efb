/** A member of a classic consumer group, as its leader sees it. */
export interface SubscribedMember {
  readonly memberId: string
  readonly topics: readonly string[]
}

/** Partitions of a topic for one member. */
export interface TopicPartitions {
  readonly topic: string
  readonly partitions: number[]
}

export type Assignments = ReadonlyMap<string, readonly TopicPartitions[]>

/** Distributes the partitions of all topics (their number by name) among the members that want them. */
export type Assignor = (
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
) => Assignments

/** The assignors that we offer, best first; other clients know them by these names. */
export const assignors: Readonly<Record<string, Assignor>> = { range: assignRanges, roundrobin: assignInTurn }

/**
 * Kafka's `range`: topic by topic, members in the order of their ids get neighbouring partitions, the first ones one more
 * where it does not divide.
 */
export function assignRanges(
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const assigned = nothingAssigned(members)
  for (const [topic, count] of [...partitionCounts].toSorted(byName)) {
    const readers = inOrder(members).filter(({ topics }) => topics.includes(topic))
    const share = Math.floor(count / readers.length)
    const more = count % readers.length
    let next = 0
    readers.forEach(({ memberId }, at) => {
      const partitions = Array.from({ length: share + (at < more ? 1 : 0) }, () => next++)
      if (partitions.length > 0) assigned.get(memberId)?.push({ topic, partitions })
    })
  }
  return assigned
}

/** Kafka's `roundrobin`: all partitions of all topics in order, dealt out like cards to the members that want them. */
export function assignInTurn(
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const assigned = nothingAssigned(members)
  const order = inOrder(members)
  let turn = 0
  for (const [topic, count] of [...partitionCounts].toSorted(byName)) {
    if (!order.some(({ topics }) => topics.includes(topic))) continue
    for (let partition = 0; partition < count; partition++) {
      while (!order[turn % order.length]!.topics.includes(topic)) turn++
      const mine = assigned.get(order[turn++ % order.length]!.memberId)!
      const known = mine.find(other => other.topic === topic)
      if (known) known.partitions.push(partition)
      else mine.push({ topic, partitions: [partition] })
    }
  }
  return assigned
}

function nothingAssigned(members: readonly SubscribedMember[]): Map<string, TopicPartitions[]> {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}

function inOrder(members: readonly SubscribedMember[]): readonly SubscribedMember[] {
  return members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1
}
