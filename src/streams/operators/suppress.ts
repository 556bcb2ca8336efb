import { OperatorError } from '../../base/errors.ts'
import type { Windowed } from '../codecs/windowed.ts'
import type { TimeOrderedBuffer } from '../state/time-ordered-buffer.ts'
import type { OperatorFactory, TableView } from './operator.ts'

export interface SuppressOptions {
  readonly store: string
  /** How long an update waits, in stream time. */
  readonly waitMs: number
  /** Waits from the end of the window instead of the timestamp of the update; a window that closes without a value is not told of. */
  readonly fromWindowEnd: boolean
  readonly maxRecords: number
  readonly maxBytes: number
  /** What happens beyond these: the first ones go on early, or the task fails. */
  readonly whenFull: 'emit-early' | 'fail'
}

/** Holds updates of a table back and passes on the last of each key: Kafka's KTableSuppressProcessor. */
export function suppress(options: SuppressOptions): OperatorFactory {
  const { waitMs, fromWindowEnd, maxRecords, maxBytes, whenFull } = options
  return ({ forward, origin, store, mark }) => {
    const buffer = store<TimeOrderedBuffer>(options.store)
    const streamTime = mark(`${options.store}.time`, -1)
    const emitFirst = (): void => {
      const { topic, partition, offset } = origin
      const { key, newValue, oldValue, record } = buffer.shift()!
      if (newValue === null && fromWindowEnd) return
      origin.topic = record.topic
      origin.partition = record.partition
      origin.offset = record.offset
      forward(key, newValue, record.timestamp, oldValue, true)
      origin.topic = topic
      origin.partition = partition
      origin.offset = offset
    }
    const overCapacity = (): boolean => buffer.records > maxRecords || buffer.bytes > maxBytes
    return (key, value, timestamp, oldValue) => {
      if (timestamp > streamTime.value) streamTime.value = timestamp
      const from = fromWindowEnd ? (key as Windowed<unknown>).window.end : timestamp
      const { topic, partition, offset } = origin
      buffer.put(key, from, { newValue: value, oldValue, timestamp, topic, partition, offset })
      while (buffer.firstDueAt <= streamTime.value - waitMs) emitFirst()
      if (whenFull === 'fail' && overCapacity()) throw fullBuffer(options, buffer)
      while (overCapacity()) emitFirst()
    }
  }
}

/** The table as those behind see it: a key that waits still has the value from before. */
export function suppressedView(store: string, parent: TableView): TableView {
  return context => {
    const buffer = context.store<TimeOrderedBuffer>(store)
    const getter = parent(context)
    return {
      get(key) {
        if (!buffer.has(key)) return getter.get(key)
        const value = buffer.prior(key)
        return value === null ? undefined : { value, timestamp: -1 }
      },
    }
  }
}

function fullBuffer(options: SuppressOptions, buffer: TimeOrderedBuffer): OperatorError {
  return new OperatorError(
    `suppress holds back ${buffer.records} records of ${buffer.bytes} bytes in ${options.store}: more than allowed`,
    { hint: 'raise maxRecords or maxBytes, or let it emit early when full' },
  )
}
