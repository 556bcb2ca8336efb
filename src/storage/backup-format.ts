import { createHash, type Hash } from 'node:crypto'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { readInt64, writeInt64 } from '../protocol/records/batch.ts'
import { crc32c } from '../protocol/records/crc32c.ts'

// A backup is a stream that is written and read once from its front: a line of text that says what it is, then frames.
//
//   frame = kind (uint8), payload length (uint32), CRC-32C of these five bytes and the payload (uint32), payload
//
// Header first, end last. Between them rows of the log in the order of their ids, then the other tables. The end holds a
// digest over the heads of all frames, so that none can be missing, doubled or in another place.

export const backupMagic = Buffer.from('streamctl backup 1\n')
const magicStart = Buffer.from('streamctl backup ')
const headBytes = 9
const rowFixedBytes = 6 * 8 + 4
/** Whatever claims to be longer is no frame: rows hold one request at most. */
const payloadBytesMax = 1024 * 1024 * 1024

const kinds = ['header', 'row', 'void', 'table', 'end'] as const

export interface BackupHeader {
  /** Version of the tables. */
  readonly schema: number
  readonly clusterId: string
  readonly startedMs: number
}

/** A row of the log, as the table `batch` has it. */
export interface BackupRow {
  readonly id: number
  readonly partitionId: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
  readonly position: number
  readonly data: Buffer
}

/** Rows of the partition with these ids, if they came before, do not count: compaction has replaced them meanwhile. */
export interface VoidRows {
  readonly partitionId: number
  readonly afterId: number
  readonly uptoId: number
}

/** Some rows of a table. Bytes stand as `{"base64": "…"}`. */
export interface TableRows {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

export interface BackupEnd {
  /** The backup is the node as it was then. */
  readonly asOfMs: number
  /** Rows of the log, with those that were copied more than once. */
  readonly rows: number
  readonly digest: string
}

export type BackupFrame =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'row'; readonly row: BackupRow }
  | { readonly kind: 'void'; readonly void: VoidRows }
  | { readonly kind: 'table'; readonly table: TableRows }
  | { readonly kind: 'end'; readonly end: BackupEnd }

/** Makes the bytes of a backup, in order. */
export class BackupWriter {
  readonly #digest = createHash('sha256')
  #rows = 0

  get rows(): number {
    return this.#rows
  }

  header(header: BackupHeader): Buffer {
    return Buffer.concat([backupMagic, this.#text('header', header)])
  }

  row(row: BackupRow): Buffer {
    this.#rows++
    const frame = Buffer.allocUnsafe(headBytes + rowFixedBytes + row.data.length)
    const { id, partitionId, baseOffset, lastOffset, maxTimestamp, position } = row
    for (const [at, value] of [id, partitionId, baseOffset, lastOffset, maxTimestamp, position].entries())
      writeInt64(frame, headBytes + at * 8, value)
    frame.writeInt32BE(row.leaderEpoch, headBytes + 48)
    frame.set(row.data, headBytes + rowFixedBytes)
    return this.#sealed('row', frame)
  }

  void(rows: VoidRows): Buffer {
    return this.#text('void', rows)
  }

  /** `text`: the JSON of a `TableRows`. */
  table(text: string): Buffer {
    return this.#framed('table', Buffer.from(text))
  }

  end(asOfMs: number): Buffer {
    return this.#text('end', {
      asOfMs,
      rows: this.#rows,
      digest: this.#digest.copy().digest('hex'),
    } satisfies BackupEnd)
  }

  #text(kind: (typeof kinds)[number], value: unknown): Buffer {
    return this.#framed(kind, Buffer.from(JSON.stringify(value)))
  }

  #framed(kind: (typeof kinds)[number], payload: Buffer): Buffer {
    const frame = Buffer.allocUnsafe(headBytes + payload.length)
    frame.set(payload, headBytes)
    return this.#sealed(kind, frame)
  }

  #sealed(kind: (typeof kinds)[number], frame: Buffer): Buffer {
    frame.writeUInt8(kinds.indexOf(kind), 0)
    frame.writeUInt32BE(frame.length - headBytes, 1)
    frame.writeUInt32BE(frameCrc(frame), 5)
    this.#digest.update(frame.subarray(0, headBytes))
    return frame
  }
}

/** Reads the frames of a backup from pieces of any size. Throws `OperatorError` where it is damaged or ends too early. */
export class BackupReader {
  readonly #name: string
  readonly #digest: Hash = createHash('sha256')
  #rest: Buffer = Buffer.alloc(0)
  /** What came behind `#rest`: put together only when there is enough for a frame. */
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #neededBytes = 1
  /** Where `#rest` begins. */
  #position = 0
  #rows = 0
  #hasMagic = false
  #hasHeader = false
  #hasEnd = false

  /** `name`: how errors call the file. */
  constructor(name: string) {
    this.#name = name
  }

  /** The frames that are whole now. What they hold lies in `piece`: it must not be written over before they are used. */
  *push(piece: Buffer): Generator<BackupFrame, void, void> {
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    if (this.#rest.length + this.#pieceBytes < this.#neededBytes) return
    this.#join()
    if (!this.#hasMagic && !this.#readMagic(false)) return
    for (;;) {
      const frame = this.#next()
      if (!frame) return
      yield frame
    }
  }

  /** No more pieces follow. */
  finish(): void {
    this.#join()
    if (!this.#hasMagic) this.#readMagic(true)
    if (this.#rest.length > 0 || !this.#hasEnd) {
      const end = this.#position + this.#rest.length
      throw broken(`${this.#name} is not complete: it ends at byte ${end}, before the end of the backup`)
    }
  }

  #join(): void {
    const [only] = this.#pieces
    const isAll = this.#rest.length === 0 && this.#pieces.length === 1 && only
    this.#rest = isAll || Buffer.concat([this.#rest, ...this.#pieces])
    this.#pieces = []
    this.#pieceBytes = 0
  }

  #readMagic(isAll: boolean): boolean {
    const begin = this.#rest.subarray(0, backupMagic.length)
    if (begin.equals(backupMagic)) {
      this.#skip(backupMagic.length)
      this.#hasMagic = true
      return true
    }
    if (begin.length < backupMagic.length && !isAll && backupMagic.subarray(0, begin.length).equals(begin)) return false
    if (begin.length === 0) throw broken(`${this.#name} is empty`)
    if (begin.length < backupMagic.length && backupMagic.subarray(0, begin.length).equals(begin))
      throw broken(`${this.#name} is not complete: it ends at byte ${begin.length}`)
    const isNewer = begin.subarray(0, magicStart.length).equals(magicStart)
    throw new OperatorError(
      isNewer ? `${this.#name} was written by a newer streamctl` : `${this.#name} is no backup of streamctl`,
      { hint: hintFor(begin, isNewer) },
    )
  }

  #next(): BackupFrame | undefined {
    const rest = this.#rest
    this.#neededBytes = headBytes
    if (rest.length === 0) return undefined
    if (this.#hasEnd) throw broken(`${this.#name} goes on behind the end of the backup, at byte ${this.#position}`)
    if (rest.length < headBytes) return undefined
    const kind = kinds[rest.readUInt8(0)]
    const payloadBytes = rest.readUInt32BE(1)
    if (!kind || payloadBytes > payloadBytesMax) throw this.#damaged()
    this.#neededBytes = headBytes + payloadBytes
    if (rest.length < this.#neededBytes) return undefined
    const frame = rest.subarray(0, headBytes + payloadBytes)
    if (frameCrc(frame) !== frame.readUInt32BE(5)) throw this.#damaged()
    const read = this.#read(kind, frame.subarray(headBytes))
    if (this.#hasHeader !== (kind !== 'header')) throw this.#damaged()
    this.#hasHeader = true
    this.#digest.update(frame.subarray(0, headBytes))
    this.#skip(frame.length)
    return read
  }

  #read(kind: (typeof kinds)[number], payload: Buffer): BackupFrame {
    switch (kind) {
      case 'header':
        return { kind, header: JSON.parse(payload.toString()) as BackupHeader }
      case 'row':
        this.#rows++
        return { kind, row: this.#row(payload) }
      case 'void':
        return { kind, void: JSON.parse(payload.toString()) as VoidRows }
      case 'table':
        return { kind, table: JSON.parse(payload.toString()) as TableRows }
      case 'end': {
        const end = JSON.parse(payload.toString()) as BackupEnd
        if (end.rows !== this.#rows || end.digest !== this.#digest.copy().digest('hex')) {
          throw broken(`${this.#name} is damaged: parts of it are missing or in the wrong place`)
        }
        this.#hasEnd = true
        return { kind, end }
      }
    }
  }

  #row(payload: Buffer): BackupRow {
    if (payload.length < rowFixedBytes) throw this.#damaged()
    const number = (index: number): number => readInt64(payload, index * 8)
    return {
      id: number(0),
      partitionId: number(1),
      baseOffset: number(2),
      lastOffset: number(3),
      maxTimestamp: number(4),
      position: number(5),
      leaderEpoch: payload.readInt32BE(48),
      data: payload.subarray(rowFixedBytes),
    }
  }

  #skip(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes)
    this.#position += bytes
  }

  #damaged(): OperatorError {
    return broken(`${this.#name} is damaged at byte ${this.#position}`)
  }
}

/** Of the payload and of the head in front of the CRC: two sums, because the CRC itself lies between them. */
function frameCrc(frame: Buffer): number {
  return (crc32c(frame, headBytes) ^ crc32c(frame, 0, 5)) >>> 0
}

function broken(message: string): OperatorError {
  return new OperatorError(message, {
    hint: 'take another backup: this one cannot be restored',
    exitCode: ExitCode.failure,
  })
}

function hintFor(begin: Buffer, isNewer: boolean): string {
  if (isNewer) return 'use that version or a later one'
  // What backups are packed with most: gzip, zstd, xz, lz4.
  const packers = { '1f8b': 'gzip -dc', '28b52ffd': 'zstd -dc', fd377a58: 'xz -dc', '04224d18': 'lz4 -dc' }
  const packer = Object.entries(packers).find(([bytes]) => begin.toString('hex').startsWith(bytes))?.[1]
  return packer
    ? `unpack it first: ${packer} FILE | streamctl restore - --data DIR`
    : 'name a file that streamctl backup has written'
}
