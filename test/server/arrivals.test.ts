import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Arrivals } from '../../src/server/arrivals.ts'
import { simulatedClock } from '../support/simulated-env.ts'

function arriving() {
  const clock = simulatedClock()
  const turns: (() => void)[] = []
  const served: Socket[] = []
  const arrivals = new Arrivals({ ...clock, soon: action => void turns.push(action) }, socket => served.push(socket))
  const sockets = Array.from({ length: 4 }, () => new Socket())
  return { clock, arrivals, served, sockets, waiting: () => turns.length, turn: () => turns.shift()!() }
}

test('a connection that comes alone is served when a turn has brought no other', () => {
  const { arrivals, served, sockets, waiting, turn } = arriving()
  arrivals.add(sockets[0]!)
  turn()
  expect(served).toEqual([])
  turn()
  expect(served).toEqual([sockets[0]])
  expect(waiting()).toBe(0)
})

test('as long as each turn brings another connection, none of them is served', () => {
  const { arrivals, served, sockets, waiting, turn } = arriving()
  for (const socket of sockets) {
    arrivals.add(socket)
    turn()
    expect(served).toEqual([])
  }
  turn()
  expect(served).toEqual(sockets)
  expect(waiting()).toBe(0)
})

test('they wait for a quarter of a second, and those that come afterwards begin anew', () => {
  const { clock, arrivals, served, sockets, turn } = arriving()
  arrivals.add(sockets[0]!)
  clock.advance(250)
  turn()
  expect(served).toEqual([sockets[0]])
  arrivals.add(sockets[1]!)
  turn()
  turn()
  expect(served).toEqual([sockets[0], sockets[1]])
})

test('those that wait when the node closes are closed', () => {
  const { arrivals, served, sockets, turn } = arriving()
  arrivals.add(sockets[0]!)
  arrivals.close()
  turn()
  expect(sockets[0]!.destroyed).toBe(true)
  expect(served).toEqual([])
})
