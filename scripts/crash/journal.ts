/** What a process under the shim did to its files, in the order in which it happened: as the struct in `shim.c`. */
export type Entry =
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number }
  /** A sync of a file, or of the directory, has ended: it vouches for the first `entries` entries. */
  | { readonly kind: 'sync'; readonly file: number; readonly entries: number }
  /** A sync has failed: Linux then takes what was written for clean, and no later sync is about it. */
  | { readonly kind: 'failedSync'; readonly file: number; readonly entries: number }
  | { readonly kind: 'create'; readonly file: number }
  | { readonly kind: 'remove'; readonly file: number }

const kinds = ['', 'write', 'truncate', 'sync', 'create', 'remove', 'failedSync'] as const
const headerBytes = 24

/** An entry as bytes of a journal. */
export function encodeEntry(entry: Entry): Buffer[] {
  const header = Buffer.alloc(headerBytes)
  header.writeInt32LE(kinds.indexOf(entry.kind), 0)
  header.writeInt32LE(entry.file, 4)
  header.writeBigInt64LE(BigInt(numberOf(entry)), 8)
  if (entry.kind !== 'write') return [header]
  header.writeBigInt64LE(BigInt(entry.bytes.length), 16)
  return [header, entry.bytes]
}

function numberOf(entry: Entry): number {
  switch (entry.kind) {
    case 'write':
      return entry.at
    case 'truncate':
      return entry.size
    case 'sync':
    case 'failedSync':
      return entry.entries
    case 'create':
    case 'remove':
      return 0
  }
}

/** The entries of a journal. A process that was killed may leave the last one unfinished. */
export function* entriesOf(journal: Buffer): Generator<Entry> {
  for (let at = 0; at + headerBytes <= journal.length; ) {
    const kind = kinds[journal.readInt32LE(at)]
    const file = journal.readInt32LE(at + 4)
    const number = Number(journal.readBigInt64LE(at + 8))
    const length = Number(journal.readBigInt64LE(at + 16))
    at += headerBytes
    if (at + length > journal.length) return
    switch (kind) {
      case 'write':
        yield { kind, file, at: number, bytes: journal.subarray(at, at + length) }
        break
      case 'truncate':
        yield { kind, file, size: number }
        break
      case 'sync':
      case 'failedSync':
        yield { kind, file, entries: number }
        break
      case 'create':
      case 'remove':
        yield { kind, file }
        break
      default:
        throw new Error(`the journal is damaged before byte ${at}`)
    }
    at += length
  }
}
