import type { FetchedRecord } from '../client/fetched-records.ts'
import { recordToJson } from '../client/json-record.ts'
import type { PrintRecord } from './format/output-format.ts'
import { highlightJson } from './json-highlight.ts'
import type { Output } from './output.ts'
import { printOf, type WantedOptions } from './wanted-records.ts'

/** How `tail` shows records: several topics with their names in front, and on a terminal in colours. */
export function tailPrint(
  output: Output,
  options: WantedOptions,
  topics: { readonly areMany: boolean; readonly names: () => readonly string[] },
): PrintRecord {
  const isColourful = output.colour.level > 0
  const plain = printOf(options)
  const print = isColourful && options.format === undefined ? highlighted(output, options.json === true) : plain
  if (!topics.areMany || options.format !== undefined || options.json) return print
  const prefixes = new Prefixes(output, topics.names)
  return (record, place, sink) => {
    const prefix = prefixes.of(place.topic)
    sink.bytes(prefix, 0, prefix.length)
    print(record, place, sink)
  }
}

function highlighted({ colour }: Output, asJson: boolean): PrintRecord {
  const textOf = (record: FetchedRecord, topic: string, partition: number): string => {
    if (asJson) return recordToJson(topic, partition, record)
    return record.value?.toString() ?? ''
  }
  return (record, { topic, partition }, sink) => {
    const text = textOf(record, topic, partition)
    if (!asJson && record.valueBytes < 0) sink.text(colour.dim('null'))
    else sink.text(highlightJson(text, colour))
    sink.byte(10)
  }
}

/** The name of its topic before each record: a colour for each, as wide as the widest so far. */
class Prefixes {
  readonly #output: Output
  readonly #names: () => readonly string[]
  readonly #known = new Map<string, Buffer>()
  #width = 0

  constructor(output: Output, names: () => readonly string[]) {
    this.#output = output
    this.#names = names
  }

  of(topic: string): Buffer {
    const known = this.#known.get(topic)
    if (known) return known
    const { colour, isTerminal } = this.#output
    const names = this.#names()
    const width = isTerminal ? Math.max(topic.length, ...names.map(name => name.length)) : 0
    if (width > this.#width) this.#known.clear()
    this.#width = width
    const colours = [colour.cyan, colour.yellow, colour.green, colour.magenta, colour.blue, colour.red]
    const paint = colours[hashOf(topic) % colours.length] ?? colour.cyan
    const prefix = Buffer.from(`${paint(topic.padEnd(width))}\t`)
    this.#known.set(topic, prefix)
    return prefix
  }
}

/** A topic has the same colour in every terminal. */
function hashOf(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) >>> 0
  return hash
}
