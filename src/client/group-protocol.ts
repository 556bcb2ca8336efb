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

/** What this member wants to read, for the group's leader; `userData` is for members of the same program. */
export function encodeSubscription(topics: readonly string[], userData: Buffer | null = null): Buffer {
  return withVersion(encodeStructure(consumerProtocolSubscription, writtenVersion, { topics, userData }))
}

/** What another member wants to read. */
export function decodeSubscription(memberId: string, bytes: Buffer): SubscribedMember {
  const version = versionOf(bytes, consumerProtocolSubscription.versions[1])
  const { topics } = decodeStructure(consumerProtocolSubscription, version, bytes, 2)
  return { memberId, topics }
}

/** What a member of the same program says besides, when it joins; null where it says nothing. */
export function subscriptionUserData(bytes: Buffer): Buffer | null {
  if (bytes.length < 2) return null
  const version = versionOf(bytes, consumerProtocolSubscription.versions[1])
  return decodeStructure(consumerProtocolSubscription, version, bytes, 2).userData
}

/** What a leader of the same program says besides, with an assignment; null where it says nothing. */
export function assignmentUserData(bytes: Buffer): Buffer | null {
  if (bytes.length < 2) return null
  const version = versionOf(bytes, consumerProtocolAssignment.versions[1])
  return decodeStructure(consumerProtocolAssignment, version, bytes, 2).userData
}

/** What the leader gives to a member. */
export function encodeAssignment(
  assignedPartitions: readonly TopicPartitions[],
  userData: Buffer | null = null,
): Buffer {
  return withVersion(encodeStructure(consumerProtocolAssignment, writtenVersion, { assignedPartitions, userData }))
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
