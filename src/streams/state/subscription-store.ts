import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, wordText } from '../codecs/key-text.ts'
import type { StateTable } from './state-table.ts'

/** What a row of the left table asks of a row of the right one. `hash` names the left value that asked. */
export interface Subscription {
  readonly hash: string
  readonly partition: number
}

/** Who of the left table waits for a foreign key: rows by foreign key, then primary key, as Kafka's CombinedKeySchema has it. */
export class SubscriptionStore {
  readonly #table: StateTable
  readonly #foreignKeys: KeyText
  readonly #primaryKeys: KeyText

  constructor(table: StateTable, codecs: { foreignKey: AnyCodec; primaryKey: AnyCodec }) {
    this.#table = table
    this.#foreignKeys = keyTextOf(codecs.foreignKey)
    this.#primaryKeys = keyTextOf(codecs.primaryKey)
  }

  put(foreignKey: unknown, primaryKey: unknown, subscription: Subscription, timestamp: number): void {
    const value = Buffer.from(JSON.stringify(subscription))
    this.#table.put(this.#prefix(foreignKey) + this.#primaryKeys.write(primaryKey), { value, timestamp })
  }

  remove(foreignKey: unknown, primaryKey: unknown): void {
    this.#table.remove(this.#prefix(foreignKey) + this.#primaryKeys.write(primaryKey))
  }

  /** Everybody who waits for this foreign key, by primary key. */
  *of(foreignKey: unknown): Generator<{ primaryKey: unknown; subscription: Subscription }> {
    const prefix = this.#prefix(foreignKey)
    for (const [text, row] of this.#table.range(prefix)) {
      if (!text.startsWith(prefix)) return
      const subscription = JSON.parse(Buffer.from(row.value as Uint8Array).toString()) as Subscription
      yield { primaryKey: this.#primaryKeys.read(text.slice(prefix.length)), subscription }
    }
  }

  #prefix(foreignKey: unknown): string {
    const text = this.#foreignKeys.write(foreignKey)
    return wordText(text.length) + text
  }
}
