import { assert } from '../base/errors.ts'
import type { ClassicGroup, Member, MemberProtocol } from './classic-state.ts'

/** The protocol type of consumers; Kafka Connect has another. */
export const consumerProtocolType = 'consumer'

/** Counts what a member supports in (`by` 1) or out (-1). */
export function countProtocols(group: ClassicGroup, protocols: readonly MemberProtocol[], by: 1 | -1): void {
  for (const { name } of protocols) {
    const count = (group.protocolSupport.get(name) ?? 0) + by
    if (count === 0) group.protocolSupport.delete(name)
    else group.protocolSupport.set(name, count)
  }
}

/** Whether somebody with these protocols can be a member: of the group's type, and with one that all others know. */
export function fitsProtocols(group: ClassicGroup, type: string, protocols: readonly MemberProtocol[]): boolean {
  if (group.state === 'Empty') return type !== '' && protocols.length > 0
  return group.protocolType === type && protocols.some(({ name }) => isKnownToAll(group, name))
}

/** The protocol of the next generation: each member votes for the first of its list that all members know. */
export function electProtocol(group: ClassicGroup): string {
  const votes = new Map<string, number>()
  for (const { protocols } of group.members.values()) {
    const choice = protocols.find(({ name }) => isKnownToAll(group, name))
    assert(choice, `group '${group.groupId}' has a member without a protocol in common`)
    votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  const [winner] = [...votes].reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best))
  return winner
}

export function metadataFor(member: Member, protocolName: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? Buffer.alloc(0)
}

/** Same names and metadata in the same order. */
export function sameProtocols(left: readonly MemberProtocol[], right: readonly MemberProtocol[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, metadata }, at) => name === right[at]!.name && metadata.equals(right[at]!.metadata))
  )
}

function isKnownToAll(group: ClassicGroup, name: string): boolean {
  return (group.protocolSupport.get(name) ?? 0) === group.members.size
}
