import type { Line } from '../line.ts'

/** Bytes as `hexdump -C` shows them: sixteen a line where there is room, eight elsewhere. */
export function hexLines(bytes: Buffer, columns: number): readonly Line[] {
  const perLine = columns >= 78 ? 16 : columns >= 44 ? 8 : 4
  const lines: Line[] = []
  for (let at = 0; at < bytes.length; at += perLine) {
    const part = bytes.subarray(at, at + perLine)
    const digits = [...part].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    const text = [...part].map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push([
      { text: at.toString(16).padStart(8, '0'), look: 'dim' },
      { text: `  ${digits.padEnd(perLine * 3 - 1)}  ` },
      { text, look: 'string' },
    ])
  }
  return lines.length > 0 ? lines : [[{ text: '(empty)', look: 'dim' }]]
}
