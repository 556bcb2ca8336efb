import { isUtf8 } from 'node:buffer'
import { OperatorError } from '../../base/errors.ts'
import { recordFromJson } from '../../client/json-record.ts'
import type { Effect, Form } from '../screen.ts'
import type { NewRecord, ProduceRecord } from '../works/produce-record.ts'
import { formError } from './topic-forms.ts'

type Values = Readonly<Record<string, string>>

const tombstone = 'null (tombstone)'

/** The form for a record: an empty one, or one that is there already. Nothing where bytes are not text. */
export function produceForm(topic: string, record?: NewRecord): Form | undefined {
  const texts = record && [record.key, record.value, ...record.headers.map(({ value }) => value)]
  if (texts?.some(bytes => bytes !== null && !isUtf8(bytes))) return undefined
  const isTombstone = record !== undefined && record.value === null
  return {
    id: 'produce',
    title: `Produce to ${topic}`,
    fields: [
      { name: 'key', label: 'Key', value: record?.key?.toString() ?? '', help: 'empty: no key' },
      {
        name: 'value',
        label: 'Value',
        value: record?.value?.toString() ?? '',
        help: 'as it is; ctrl-s sends',
        isLong: true,
      },
      { name: 'kind', label: '', value: isTombstone ? tombstone : 'value', choices: ['value', tombstone] },
      {
        name: 'headers',
        label: 'Headers',
        value: (record?.headers ?? []).map(({ key, value }) => `${key}: ${value?.toString() ?? ''}`).join('\n'),
        help: 'one a line: name: value; ctrl-s sends',
        isLong: true,
      },
      {
        name: 'partition',
        label: 'Partition',
        value: record?.partition === undefined ? '' : String(record.partition),
        help: 'empty: by the key',
      },
    ],
  }
}

/** What is to be done for a form that was sent, or what is wrong with it. */
export function produceEffect(topic: string, values: Values): Effect {
  const partition = (values.partition ?? '').trim()
  if (!/^\d{0,9}$/.test(partition)) return formError('partition', 'not a whole number')
  const lines = (values.headers ?? '').split('\n').filter(line => line.trim() !== '')
  const broken = lines.find(line => !line.includes(':'))
  if (broken !== undefined) return formError('headers', `'${broken}' is not name: value`)
  return produceWorkOf(topic, {
    key: values.key ? Buffer.from(values.key) : null,
    value: values.kind === tombstone ? null : Buffer.from(values.value ?? ''),
    headers: lines.map(line => {
      const at = line.indexOf(':')
      return { key: line.slice(0, at).trim(), value: Buffer.from(line.slice(at + 1).trim()) }
    }),
    partition: partition === '' ? undefined : Number(partition),
  })
}

/** What is to be done for a record that came back from an editor: JSON as `streamctl produce --json` reads it. */
export function editedEffect(topic: string, text: string): Effect {
  try {
    const { key, value, headers, partition } = recordFromJson(text)
    return {
      kind: 'confirm',
      confirmation: {
        title: `Produce the edited record to ${topic}?`,
        lines: [`key ${sizeText(key)}, value ${sizeText(value)}, headers ${headers.length}`],
        work: workOf(topic, { key, value, headers, partition }),
      },
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { kind: 'flash', text: `nothing was produced: ${error.message}`, look: 'bad' }
  }
}

/** The text that an editor gets: the same JSON, on lines that can be edited. */
export function editorText(record: NewRecord): string {
  return `${JSON.stringify(
    {
      key: bytesJson(record.key),
      value: bytesJson(record.value),
      headers: record.headers.map(({ key, value }) => ({ key, value: bytesJson(value) })),
      ...(record.partition === undefined ? {} : { partition: record.partition }),
    },
    null,
    2,
  )}\n`
}

export function produceWorkOf(topic: string, record: NewRecord): Effect {
  return { kind: 'work', work: workOf(topic, record) }
}

function workOf(topic: string, record: NewRecord): ProduceRecord {
  return { kind: 'produce', changes: true, topic, record }
}

function bytesJson(bytes: Buffer | null): string | { readonly base64: string } | null {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

function sizeText(bytes: Buffer | null): string {
  return bytes === null ? 'null' : `of ${bytes.length} bytes`
}
