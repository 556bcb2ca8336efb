import type { Random } from '../base/env.ts'

/** A random uuid (version 4) in Kafka's text form: base64url without padding, 22 characters, never with a leading '-'. */
export function uuidText(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const text = bytes.toString('base64url')
    // Command lines would take it for an option.
    if (!text.startsWith('-')) return text
  }
}
