import type { Random } from '../base/env.ts'

/**
 * A random topic id (uuid, version 4) in Kafka's text form. As with Kafka it does not begin with '-', which command lines
 * would take for an option.
 */
export function randomTopicId(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16)
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
    const text = bytes.toString('base64url')
    if (!text.startsWith('-')) return text
  }
}
