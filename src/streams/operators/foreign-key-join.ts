import type { AnyCodec } from '../codecs/codec.ts'
import { byteText, keyTextOf } from '../codecs/key-text.ts'
import type { SubscriptionStore } from '../state/subscription-store.ts'
import { hashText } from './hash.ts'
import { type OperatorFactory, orNull, type TableView, type UserFunction } from './operator.ts'
import type { TableOptions } from './tables.ts'

// A join by foreign key (KIP-213) goes over two topics. Rows of the left table subscribe, under their foreign key, where the
// right table is; the right table answers each subscriber under its primary key; there the answer meets the left row, and is
// dropped when that row has changed meanwhile, which its hash tells.

/** What a left row tells the right table. */
type Instruction = 'unsubscribe' | 'unsubscribe-and-answer' | 'answer' | 'answer-if-found'

/** A message to the partition of the right table. */
interface Request {
  readonly hash: string
  readonly instruction: Instruction
  readonly primaryKey: unknown
  readonly partition: number
}

/** A message back: the right row, or null. */
interface Answer {
  readonly hash: string
  readonly value: unknown
  readonly partition: number
}

/** The hash of a left row that is gone. */
const noHash = ''

export interface ForeignKeyOptions {
  readonly left: boolean
  readonly own: TableOptions
  /** `foreignKey(value, key)`. */
  readonly foreignKey: UserFunction
  readonly foreignKeyCodec: AnyCodec
  readonly valueCodec: AnyCodec
}

/** Sends what an update of the left table means for its subscriptions: Kafka's SubscriptionSendProcessor. */
export function subscribe(options: ForeignKeyOptions): OperatorFactory {
  const { left, own, foreignKeyCodec, valueCodec } = options
  const { write } = keyTextOf(foreignKeyCodec)
  const foreignKeyOf = (value: unknown, key: unknown): unknown => orNull(options.foreignKey(value, key))
  return ({ forward, drop, origin }) =>
    (key, value, timestamp, oldValue, isLatest) => {
      if (own.versioned && !isLatest) return drop('out-of-order')
      const hash = value === null ? noHash : hashText(byteText(valueCodec.encode(value)))
      const send = (foreignKey: unknown, instruction: Instruction): void => {
        const request: Request = { hash, instruction, primaryKey: key, partition: origin.partition }
        forward(foreignKey, request, timestamp, null, true)
      }
      const before = oldValue === null ? null : foreignKeyOf(oldValue, key)
      const after = value === null ? null : foreignKeyOf(value, key)
      const same = before !== null && after !== null && write(before) === write(after)
      if (left) {
        if (oldValue === null && value === null) return
        if (oldValue !== null && before !== null && !same) send(before, 'unsubscribe-and-answer')
        return send(after, 'answer')
      }
      if (oldValue !== null) {
        if (before === null) return drop('null-join-key')
        if (value === null) return send(before, 'unsubscribe-and-answer')
        if (after === null) return drop('null-join-key')
        if (!same) send(before, 'unsubscribe')
        // What the old foreign key had as a result must be unset, found or not: so an answer is due.
        return send(after, 'answer')
      }
      if (value === null) return
      if (after === null) drop('null-join-key')
      else send(after, 'answer-if-found')
    }
}

/** Keeps who waits for which foreign key: Kafka's SubscriptionReceiveProcessor. */
export function receiveSubscription(storeName: string): OperatorFactory {
  return ({ forward, drop, store }) => {
    const subscriptions = store<SubscriptionStore>(storeName)
    return (foreignKey, value, timestamp) => {
      const { hash, instruction, primaryKey, partition } = value as Request
      if (foreignKey === null) {
        // Only a left join asks without a foreign key: it gets its answer, and nothing is kept.
        if (instruction !== 'answer') return drop('null-join-key')
      } else if (instruction === 'unsubscribe' || instruction === 'unsubscribe-and-answer') {
        subscriptions.remove(foreignKey, primaryKey)
      } else subscriptions.put(foreignKey, primaryKey, { hash, partition }, timestamp)
      forward(foreignKey, value, timestamp, null, true)
    }
  }
}

/** Answers a subscription from the right table: Kafka's SubscriptionJoinProcessor. */
export function answerSubscription(table: TableView): OperatorFactory {
  return context => {
    const { forward } = context
    const rows = table(context)
    return (foreignKey, value, timestamp) => {
      const { hash, instruction, primaryKey, partition } = value as Request
      if (instruction === 'unsubscribe') return
      const row = foreignKey === null ? undefined : rows.get(foreignKey)
      if (!row && instruction === 'answer-if-found') return
      const found = instruction === 'unsubscribe-and-answer' || !row ? null : row.value
      const time = row && row.timestamp > timestamp ? row.timestamp : timestamp
      forward(primaryKey, { hash, value: found, partition } satisfies Answer, time, null, true)
    }
  }
}

/** Tells all subscribers of an update of the right table: Kafka's ForeignTableJoinProcessor. */
export function answerUpdate(storeName: string, right: TableOptions): OperatorFactory {
  return ({ forward, drop, store }) => {
    const subscriptions = store<SubscriptionStore>(storeName)
    return (foreignKey, value, timestamp, _oldValue, isLatest) => {
      if (foreignKey === null) return drop('null-key')
      if (right.versioned && !isLatest) return drop('out-of-order')
      for (const { primaryKey, subscription } of subscriptions.of(foreignKey)) {
        forward(primaryKey, { ...subscription, value } satisfies Answer, timestamp, null, true)
      }
    }
  }
}

/** Joins an answer with the left row that asked for it: Kafka's ResponseJoinProcessor. */
export function resolveAnswer(
  table: TableView,
  { left, valueCodec, joiner }: { left: boolean; valueCodec: AnyCodec; joiner: UserFunction },
): OperatorFactory {
  return context => {
    const { forward, drop } = context
    const rows = table(context)
    return (key, answer, timestamp) => {
      const { hash, value } = answer as Answer
      const row = rows.get(key)
      const current = row ? hashText(byteText(valueCodec.encode(row.value))) : noHash
      // The row has changed since it asked: its next answer is on the way.
      if (hash !== current) return drop('out-of-order')
      const isRow = value !== null || (left && row !== undefined)
      forward(key, isRow ? orNull(joiner(row ? row.value : null, value)) : null, timestamp, null, true)
    }
  }
}

/** The codec of what goes to the right table. */
export function requestCodec(primaryKey: AnyCodec): AnyCodec {
  const keys = keyTextOf(primaryKey)
  return {
    encode(request) {
      const { primaryKey: key, ...rest } = request as Request
      return Buffer.from(JSON.stringify({ ...rest, key: keys.write(key) }), 'utf8')
    },
    decode(bytes) {
      const { key, ...rest } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Request & { key: string }
      return { ...rest, primaryKey: keys.read(key) }
    },
  }
}

/** The codec of what comes back. */
export function answerCodec(value: AnyCodec): AnyCodec {
  return {
    encode(answer) {
      const { hash, partition, value: row } = answer as Answer
      const head = Buffer.from(JSON.stringify({ hash, partition, found: row !== null }), 'utf8')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(head.length)
      return Buffer.concat(row === null ? [length, head] : [length, head, value.encode(row)])
    },
    decode(bytes) {
      const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const end = 2 + source.readUInt16BE(0)
      const { found, ...rest } = JSON.parse(source.toString('utf8', 2, end)) as Omit<Answer, 'value'> & {
        found: boolean
      }
      return { ...rest, value: found ? value.decode(source.subarray(end)) : null }
    },
  }
}

/** The partition that an answer goes back to: where the left row is. */
export function answerPartition(answer: unknown): number {
  return (answer as Answer).partition
}
