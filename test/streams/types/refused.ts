import { bytes, hopping, int64, json, type PatternStart, session, streams, string, topic, tumbling } from 'streamctl'

// Each line below a `@ts-expect-error` must not compile; each other line must.

const numbers = topic('numbers', { key: string, value: json<{ n: number }>() })
const texts = topic('texts', { key: string, value: json<{ n: string }>() })
const byId = topic('by-id', { key: int64, value: json<{ name: string }>() })
const raw = topic('raw', { key: string, value: bytes })

export default streams('refused', builder => {
  const stream = builder.stream(numbers)

  // @ts-expect-error the value is not the one of the sink's topic
  stream.to(texts)
  // @ts-expect-error there is no such field
  stream.mapValues(value => value.m)
  const perMinute = stream
    .groupByKey()
    .windowedBy(tumbling({ size: '1m', grace: 0 }))
    .count()
    .toStream()
  // @ts-expect-error a windowed key is not a string
  perMinute.mapValues(n => ({ n: String(n) })).to(texts)
  // @ts-expect-error the keys of a join must be of one type
  stream.selectKey(value => value.n).join(builder.table(numbers), left => left)
  // @ts-expect-error a table by number cannot be joined with a stream by text
  stream.join(builder.table(byId), (left, right) => ({ ...left, ...right }))
  // @ts-expect-error not a duration
  tumbling({ size: '1 minute', grace: 0 })
  // @ts-expect-error hopping windows need to know how far they advance
  hopping({ size: '1m', grace: 0 })
  const sessions = stream.groupByKey().windowedBy(session({ gap: '1m', grace: 0 }))
  const add = (sum: number, value: { n: number }): number => sum + value.n
  // @ts-expect-error sessions need to know how two aggregates become one
  sessions.aggregate(() => 0, add)
  // @ts-expect-error a join of two streams needs a window
  stream.join(builder.stream(texts), (left, right) => [left, right])
  const names = builder.globalTable(byId)
  const both = (left: object, right: object): object => ({ ...left, ...right })
  // @ts-expect-error a global table is joined by a key that is asked for
  stream.join(names, both)
  // @ts-expect-error the key that is looked up is a number
  stream.join(names, both, { on: value => String(value.n) })
  // @ts-expect-error the missing side of a left join may be null
  stream.leftJoin(builder.table(texts), (_left, right) => right.n)
  const sums = stream.groupByKey().aggregate(() => 0, add)
  // @ts-expect-error what an aggregate begins with is what comes out
  sums.mapValues((text: string) => text)
  // @ts-expect-error the codec of a store is that of its values
  stream.groupByKey().count({ value: string })
  // @ts-expect-error branches answer with true or false
  stream.branch({ large: value => value.n })
  // @ts-expect-error there is no such branch
  stream.branch({ large: value => value.n > 1 }).small
  const first = (start: PatternStart<{ n: number }>) => start.begin('a', () => true)
  // @ts-expect-error a pattern knows only the steps that it has
  stream.match(first, matched => matched.b)
  // @ts-expect-error only windowed results can wait for their windows to close
  stream.groupByKey().count({ emit: 'final' })
  // @ts-expect-error bytes are no text
  stream.merge(builder.stream(raw)).mapValues(value => value.n)

  stream.mapValues(value => ({ n: value.n.toFixed() })).to(texts)
})
