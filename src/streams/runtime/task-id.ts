/** The name of a task, as Kafka Streams names them: sub-topology and partition. */
export function taskId(subTopology: number, partition: number): string {
  return `${subTopology}_${partition}`
}

/** Sorts names of tasks by sub-topology, then partition. */
export function compareTaskIds(a: string, b: string): number {
  const [firstPart = 0, firstPartition = 0] = a.split('_').map(Number)
  const [secondPart = 0, secondPartition = 0] = b.split('_').map(Number)
  return firstPart - secondPart || firstPartition - secondPartition
}
