import { isUtf8 } from 'node:buffer'
import type { FetchedRecord } from '../../client/fetched-records.ts'
import type { RecordPlace } from '../../client/record-place.ts'
import type { ByteSink } from '../byte-sink.ts'
import type { PrintRecord } from '../format/output-format.ts'

/** kcat's `-J`: the envelope on one line, with the escapes of yajl. Bytes that are no UTF-8 stand as they are, as there. */
export function compileKcatJson(delimiter: Buffer): PrintRecord {
  return (record, place, sink) => {
    sink.text(envelope(record, place))
    writeString(record.buffer, record.keyStart, record.keyBytes, sink)
    sink.text(',"payload":')
    writeString(record.buffer, record.valueStart, record.valueBytes, sink)
    sink.byte(0x7d)
    sink.bytes(delimiter, 0, delimiter.length)
  }

  function envelope(record: FetchedRecord, { topic, partition, timestampType, leaderId }: RecordPlace): string {
    const time =
      record.timestamp < 0
        ? ''
        : `"tstype":"${timestampType === 'CreateTime' ? 'create' : 'logappend'}","ts":${record.timestamp},`
    const headers = record.headerCount === 0 ? '' : `"headers":[${headersText(record)}],`
    return `{"topic":${quoted(topic)},"partition":${partition},"offset":${record.offset},${time}"broker":${leaderId},${headers}"key":`
  }
}

function headersText({ headers }: FetchedRecord): string {
  return headers
    .map(({ key, value }) => `${quoted(key)},${value === null ? 'null' : quoted(value.toString())}`)
    .join(',')
}

function writeString(buffer: Buffer, start: number, bytes: number, sink: ByteSink): void {
  const slice = buffer.subarray(start, start + Math.max(0, bytes))
  if (bytes < 0) sink.text('null')
  else if (isUtf8(slice)) sink.text(quoted(slice.toString()))
  else {
    const escaped = Buffer.from(quoted(slice.toString('latin1')), 'latin1')
    sink.bytes(escaped, 0, escaped.length)
  }
}

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** As `JSON.stringify`, but with capital hexadecimal digits and no escapes beyond ASCII. */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters.
  const escaped = text.replace(/["\\\x00-\x1f]/g, character => {
    return named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  })
  return `"${escaped}"`
}
