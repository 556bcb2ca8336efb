import type { PartitionInput } from './partition-input.ts'
import type { StreamTask } from './stream-task.ts'

/** A record with which the script threw. Others are not to share its transaction. */
export interface Suspect {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** How often it was tried. */
  readonly attempts: number
  readonly error: unknown
}

/** The script threw; the place of the record. */
export class FailedProcessing extends Error {
  readonly topic: string
  readonly partition: number
  readonly offset: number

  constructor({ topic, partition, position }: PartitionInput, cause: unknown) {
    super('the script threw', { cause })
    this.topic = topic
    this.partition = partition
    this.offset = position
  }
}

/** Processes the record that is due. Throws `FailedProcessing` with what the script throws. */
export function processRecord(task: StreamTask, input: PartitionInput): void {
  try {
    task.process(input)
  } catch (error) {
    throw new FailedProcessing(input, error)
  }
}

/** The record that failed, and how often it has. */
export function suspectAfter(before: Suspect | undefined, failed: FailedProcessing): Suspect {
  const { topic, partition, offset, cause: error } = failed
  const isSame = before?.topic === topic && before.partition === partition && before.offset === offset
  return { topic, partition, offset, attempts: isSame ? before.attempts + 1 : 1, error }
}

/** Whether the record that is due is the suspect. */
export function isSuspect({ topic, partition, offset }: Suspect, input: PartitionInput): boolean {
  return input.topic === topic && input.partition === partition && input.position === offset
}
