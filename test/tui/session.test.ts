import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Cluster } from '../../src/client/cluster.ts'
import { Session } from '../../src/tui/session.ts'
import { simulatedClock, simulatedEnv } from '../support/simulated-env.ts'
import { someModel } from './some-model.ts'

/** A session whose cluster never answers, on a terminal that takes frames when it is told to. */
function someSession() {
  const clock = simulatedClock()
  const env = { ...simulatedEnv(), clock }
  const cluster = new Cluster({ env, brokers: [{ host: 'nowhere', port: 1 }], dial: () => new Socket() })
  const session = new Session(
    someModel(),
    { cluster, place: 'nowhere' },
    { env, hasColour: false, connect: () => ({ cluster, place: '' }) },
  )
  const writes: { readonly text: string; readonly taken: () => void }[] = []
  let exits = 0
  session.attach({
    write: (text, taken) => void writes.push({ text, taken }),
    edit: () => Promise.resolve(undefined),
    exit: () => exits++,
  })
  const say = (text: string) => session.dispatch({ kind: 'flash', text })
  const press = (name: string) => session.dispatch({ kind: 'key', key: { name, text: name } })
  return { clock, session, writes, say, press, exits: () => exits }
}

test('a thousand events in a second are 20 frames', () => {
  const { clock, writes, say, session } = someSession()
  for (let at = 0; at < 1_000; at++) {
    say(`message ${at}`)
    clock.advance(1)
    writes.at(-1)?.taken()
  }
  expect(writes.length).toBeGreaterThan(15)
  expect(writes.length).toBeLessThanOrEqual(22)
  session.close()
})

test('a terminal that takes nothing gets one frame, and the latest once it has taken that', () => {
  const { clock, writes, say, session } = someSession()
  clock.advance(100)
  expect(writes).toHaveLength(1)
  for (let at = 0; at < 100; at++) {
    say(`message ${at}`)
    clock.advance(50)
  }
  expect(writes).toHaveLength(1)
  writes[0]!.taken()
  clock.advance(50)
  expect(writes).toHaveLength(2)
  expect(writes[1]!.text).toContain('message 99')
  session.close()
})

test('a key is drawn at once, though a frame was drawn just now', () => {
  const { clock, writes, say, press, session } = someSession()
  clock.advance(100)
  writes[0]!.taken()
  say('something')
  clock.advance(0)
  writes.at(-1)!.taken()
  const before = writes.length
  clock.advance(1)
  press(':')
  clock.advance(0)
  expect(writes.length).toBe(before + 1)
  session.close()
})

test('nothing is drawn after the end', () => {
  const { clock, writes, say, session } = someSession()
  clock.advance(100)
  session.close()
  say('too late')
  clock.advance(1_000)
  expect(writes).toHaveLength(1)
})

test('ctrl-c leaves', () => {
  const { press, exits, session } = someSession()
  press('ctrl-c')
  expect(exits()).toBe(1)
  session.close()
})
