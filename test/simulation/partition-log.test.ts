import { expect, test } from 'vitest'
import { type Content, PartitionLog } from '../../scripts/simulate/checks/partition-log.ts'

const record = (value: string): Content => ({
  ...{ kind: 'record', value, key: null, isTombstone: false, producerId: 1, transactional: false },
})

/** A log whose readers saw these values from offset 0 on; '' is an offset that nobody saw. */
function logOf(...values: string[]): PartitionLog {
  const log = new PartitionLog('t-0')
  for (const [offset, value] of values.entries()) {
    if (value === '') continue
    log.send(value)
    log.learn(offset, record(value))
  }
  log.raise({ highWatermark: values.length })
  return log
}

test('an offset holds the same for ever', () => {
  const log = logOf('i1/0')
  log.send('i1/1')
  expect(() => log.learn(0, record('i1/0'))).not.toThrow()
  expect(() => log.learn(0, record('i1/1'))).toThrow("offset 0 held 'i1/0'")
})

test('nothing is read that nobody sent', () => {
  expect(() => logOf().learn(0, record('i1/0'))).toThrow('which nobody sent')
})

test('only those who may repeat themselves are read twice', () => {
  expect(() => logOf('i1/0').learn(1, record('i1/0'))).toThrow('stands at 0 and at 1')
  expect(() => logOf('p1/0').learn(1, record('p1/0'))).not.toThrow()
})

test('at the end there are no holes, and every producer is in order', () => {
  expect(() => logOf('i1/0', 'i2/0', 'i1/1', 'p3/0:0', 'p3/0:1', 'p3/0:0').finish()).not.toThrow()
  expect(() => logOf('i1/0', '', 'i1/1').finish()).toThrow('nothing can be read at offset 1')
  expect(() => logOf('i1/1', 'i1/0').finish()).toThrow('comes after number 1')
  expect(() => logOf('i1/0', 'i1/2').finish()).toThrow('nothing between')
})

test('what was deleted before anybody saw it is no gap', () => {
  const log = logOf('i1/0', '', 'i1/2')
  log.raise({ logStartOffset: 2 })
  expect(() => log.finish()).not.toThrow()
})

test('of each key the last committed record that is no tombstone must remain', () => {
  const log = new PartitionLog('t-0', { compacted: true })
  const write = (
    offset: number,
    value: string,
    change: { isTombstone?: boolean; transactional?: boolean } = {},
  ): void => {
    log.send(value)
    log.learn(offset, { ...record(value), key: 'k', ...change } as Content)
  }
  write(0, 'i1/0')
  write(1, 'i1/1')
  write(2, 't2/0#x1', { transactional: true })
  log.beginLastReading()
  const aborted = (): boolean => false
  expect(() => log.checkLastOfKeys(aborted)).toThrow("'i1/1' at 1 is gone")
  // Where nobody knows what became of the transaction, either may be the last.
  expect(() => log.checkLastOfKeys(() => undefined)).not.toThrow()
  write(1, 'i1/1')
  expect(() => log.checkLastOfKeys(aborted)).not.toThrow()
  expect(() => log.checkLastOfKeys(() => true)).toThrow("'t2/0#x1' at 2 is gone")
  write(3, 'i1/2', { isTombstone: true })
  log.beginLastReading()
  expect(() => log.checkLastOfKeys(aborted)).not.toThrow()
})
