import { expect, test } from 'vitest'
import { Later } from '../../src/base/later.ts'

/** What a listener is told, in order. */
function heard<Value>(later: Later<Value>): unknown[] {
  const events: unknown[] = []
  later.whenSettled(
    value => events.push(value),
    error => events.push(['failed', error]),
  )
  return events
}

test('who listens is called back from within settle, or at once', () => {
  const later = new Later<number>()
  const events = heard(later)
  expect(events).toEqual([])
  later.settle(1)
  expect(events).toEqual([1])

  const settled = new Later<number>()
  settled.settle(2)
  expect(heard(settled)).toEqual([2])
})

test('a failure goes to the listener, too', () => {
  const later = new Later<number>()
  const events = heard(later)
  later.fail('broken')
  const failed = new Later<number>()
  failed.fail('before')
  expect([...events, ...heard(failed)]).toEqual([
    ['failed', 'broken'],
    ['failed', 'before'],
  ])
})

test('what is made of a value comes with it, or its failure', () => {
  const later = new Later<number>()
  const doubled = heard(later.map(value => value * 2))
  later.settle(21)
  expect(doubled).toEqual([42])

  const broken = new Later<number>()
  const events = heard(
    broken.map(() => {
      throw 'cannot convert'
    }),
  )
  broken.settle(1)
  expect(events).toEqual([['failed', 'cannot convert']])
})
