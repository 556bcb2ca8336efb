import { decodeStructure, encodeStructure } from '../protocol/codec.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../protocol/messages/consumer-protocol.ts'
import type { SubscribedMember, TopicPartitions } from './assignor.ts'

export interface AssignedPartition {
  readonly topic: string
  readonly partition: number
}

// What members tell each other begins with a version, then comes that version's structure. Version 0 says all that we have to
// say, and every client reads it.
const writtenVersion = 0

/** What this member wants to read, for the group's leader. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return withVersion(encodeStructure(consumerProtocolSubscription, writtenVersion, { topics }))
}

/** What another member wants to read. */
export function decodeSubscription(memberId: string, bytes: Buffer): SubscribedMember {
  const version = versionOf(bytes, consumerProtocolSubscription.versions[1])
  const { topics } = decodeStructure(consumerProtocolSubscription, version, bytes, 2)
  return { memberId, topics }
}

/** What the leader gives to a member. */
export function encodeAssignment(assignedPartitions: readonly TopicPartitions[]): Buffer {
  return withVersion(encodeStructure(consumerProtocolAssignment, writtenVersion, { assignedPartitions }))
}

/** What a member was given; nothing while there is no assignment. */
export function decodeAssignment(bytes: Buffer): readonly AssignedPartition[] {
  if (bytes.length < 2) return []
  const version = versionOf(bytes, consumerProtocolAssignment.versions[1])
  const { assignedPartitions } = decodeStructure(consumerProtocolAssignment, version, bytes, 2)
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition })))
}

function withVersion(structure: Buffer): Buffer {
  const version = Buffer.alloc(2)
  version.writeInt16BE(writtenVersion)
  return Buffer.concat([version, structure])
}

/** A newer version only adds fields behind those that we know. */
function versionOf(bytes: Buffer, newest: number): number {
  return Math.min(Math.max(0, bytes.readInt16BE(0)), newest)
}
