import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { type RecordInputOptions, recordWriter } from '../../src/cli/record-input.ts'
import { anyPartition, type TopicWriter } from '../../src/client/topic-writer.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const env = simulatedEnv()

/** What lines become under these options: time, key, value, headers, partition. */
function records(lines: readonly string[], options: Partial<RecordInputOptions>): unknown[] {
  const seen: unknown[] = []
  const text = (bytes: Buffer | null, start: number, end: number) => bytes?.toString('utf8', start, end) ?? null
  const append: TopicWriter['append'] = (time, key, keyStart, keyEnd, value, start, end, headers, partition) => {
    const names = headers.map(header => `${header.key}=${header.value}`)
    seen.push([time, text(key, keyStart, keyEnd), text(value, start, end), names, partition])
  }
  const writer = { name: 't', partitionCount: 3, append } as TopicWriter
  const input = recordWriter(writer, { env, headers: [], partition: anyPartition, ...options })
  input.beginChunk()
  for (const line of lines) {
    const buffer = Buffer.from(`>>${line}<<=`)
    input.line(buffer, 2, buffer.length - 3)
  }
  return seen
}

const nowMs = env.clock.now()

test('a line is a value; key, headers and partition are those of the options', () => {
  expect(records(['a', ''], {})).toEqual([
    [nowMs, null, 'a', [], anyPartition],
    [nowMs, null, '', [], anyPartition],
  ])
  const headers = [{ key: 'h', value: Buffer.from('1') }]
  expect(records(['a'], { key: 'k', headers, partition: 2 })).toEqual([[nowMs, 'k', 'a', ['h=1'], 2]])
})

test('what stands before the first delimiter is the key; a line without one has none', () => {
  expect(records(['k=v=w', '=v', 'k=', 'none'], { keyDelimiter: Buffer.from('=') })).toEqual([
    [nowMs, 'k', 'v=w', [], anyPartition],
    [nowMs, '', 'v', [], anyPartition],
    [nowMs, 'k', '', [], anyPartition],
    [nowMs, null, 'none', [], anyPartition],
  ])
  expect(records(['k::v'], { keyDelimiter: Buffer.from('::') })).toEqual([[nowMs, 'k', 'v', [], anyPartition]])
})

test('JSON brings time, key, headers and partition of its own; options add to them or win', () => {
  const line = '{"key":"k","value":null,"timestamp":7,"partition":1,"headers":[{"key":"a","value":"1"}]}'
  expect(records([line], { json: true })).toEqual([[7, 'k', null, ['a=1'], 1]])
  const headers = [{ key: 'b', value: Buffer.from('2') }]
  expect(records([line], { json: true, headers, partition: 0 })).toEqual([[7, 'k', null, ['a=1', 'b=2'], 0]])
})

test('a line of JSON that is none, or goes to a partition that is not there, is named by its number', () => {
  expect(() => records(['{"value":"a"}', '{'], { json: true })).toThrow(/^line 2: not JSON/)
  expect(() => records(['{"value":"a","partition":3}'], { json: true })).toThrow("line 1: topic 't' has no partition 3")
})

test.each<Partial<RecordInputOptions>>([
  { json: true, key: 'k' },
  { json: true, keyDelimiter: Buffer.from(':') },
  { key: 'k', keyDelimiter: Buffer.from(':') },
  { keyDelimiter: Buffer.from('') },
])('options that exclude each other are refused: %j', options => {
  expect(() => records([], options)).toThrow(OperatorError)
})
