import type { Random } from '../base/env.ts'

/** A new member's id, Kafka's way: what the client calls itself and a random uuid (RFC 9562, version 4). */
export function memberIdFor(clientName: string, random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const uuid = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return `${clientName}-${uuid}`
}
