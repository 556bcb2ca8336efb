import { type AnsweredBatches, forEachInBatch, offsetBehind, wantedBatches } from '../../client/fetched-records.ts'
import { placeOf } from '../../client/record-place.ts'
import { ByteSink } from '../byte-sink.ts'
import type { PrintRecord } from '../format/output-format.ts'
import { RecordProblem } from '../format/record-problem.ts'
import type { Output } from '../output.ts'
import { compileKcatFormat, parseDelimiter } from './kcat-format.ts'
import { compileKcatJson } from './kcat-json.ts'
import type { KcatOptions } from './kcat-options.ts'
import type { KcatVoice } from './kcat-say.ts'

/** Prints what was fetched, up to a count and up to a time, and says where partitions end. */
export class KcatPrinter {
  readonly #output: Output
  readonly #voice: KcatVoice
  readonly #sink: ByteSink
  readonly #print: PrintRecord
  readonly #stopMs: number
  #left: number
  /** Partitions that are at the end or have reached the time to stop, as `topic/partition`. */
  readonly stopped = new Set<string>()
  /** The next offset to read, by topic and partition. */
  readonly printed = new Map<string, Map<number, number>>()

  constructor(output: Output, voice: KcatVoice, options: KcatOptions) {
    this.#output = output
    this.#voice = voice
    this.#sink = new ByteSink(output)
    this.#print = options.json ? compileKcatJson(jsonDelimiter(options)) : compileKcatFormat(options)
    this.#left = options.count ?? Number.POSITIVE_INFINITY
    this.#stopMs = options.stopMs || Number.POSITIVE_INFINITY
  }

  get isDone(): boolean {
    return this.#left <= 0
  }

  /** Prints and answers the next offset to read. */
  async print(fetched: AnsweredBatches): Promise<number> {
    const { topic, partition } = fetched
    let behind = fetched.fromOffset
    for (const at of wantedBatches(fetched)) {
      const place = placeOf(fetched, at)
      forEachInBatch(fetched, at, record => {
        if (this.#left <= 0 || this.stopped.has(keyOf(fetched))) return
        if (record.timestamp >= this.#stopMs) {
          this.stopped.add(keyOf(fetched))
          return
        }
        behind = record.offset + 1
        this.#left--
        try {
          this.#print(record, place, this.#sink)
        } catch (error) {
          if (!(error instanceof RecordProblem)) throw error
          this.#sink.flush()
          this.#voice.error(
            `Failed to format message in ${topic} [${partition}] at offset ${record.offset}: ${error.message}`,
          )
        }
      })
      this.#sink.flush()
      await this.#output.ready()
    }
    const isWhole = this.#left > 0 && !this.stopped.has(keyOf(fetched))
    if (isWhole) behind = Math.min(fetched.endOffset, offsetBehind(fetched.bytes, fetched.fromOffset))
    const offsets = this.printed.get(topic) ?? new Map<number, number>()
    this.printed.set(topic, offsets.set(partition, behind))
    return behind
  }
}

export function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`
}

/** With `-J`, only the first text of `-f` counts. */
function jsonDelimiter({ format, delimiter }: KcatOptions): Buffer {
  return parseDelimiter(format ?? delimiter)
}
