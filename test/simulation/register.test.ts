import { expect, test } from 'vitest'
import { Register } from '../../scripts/simulate/checks/offset-check.ts'

test('a read gives what was written last', () => {
  const register = new Register('r')
  register.write('a', 5, 1)
  register.written('a', 'done', 2)
  expect(() => register.read({ name: 'a', offset: 5, floor: register.floor })).not.toThrow()
  expect(() => register.read({ name: 'a', offset: 6, floor: register.floor })).toThrow('it was committed with 5')
  expect(() => register.read({ name: '', offset: -1, floor: register.floor })).toThrow('overwritten')
})

test('of writes that overlap, a read may give either, but then not the one before again', () => {
  const register = new Register('r')
  register.write('a', 1, 1)
  register.written('a', 'done', 2)
  register.write('b', 2, 3)
  const floor = register.floor
  expect(() => register.read({ name: 'a', offset: 1, floor })).not.toThrow()
  expect(() => register.read({ name: 'b', offset: 2, floor })).not.toThrow()
  expect(() => register.read({ name: 'a', offset: 1, floor: register.floor })).toThrow('overwritten')
  // A read that had begun before it was known that b holds.
  expect(() => register.read({ name: 'a', offset: 1, floor })).not.toThrow()
})

test('a write that nobody knows of may be read or not; a refused one must not', () => {
  const register = new Register('r')
  register.write('a', 1, 1)
  register.written('a', 'unknown', 2)
  register.write('b', 2, 3)
  register.written('b', 'refused', 4)
  expect(() => register.read({ name: '', offset: -1, floor: register.floor })).not.toThrow()
  expect(() => register.read({ name: 'a', offset: 1, floor: register.floor })).not.toThrow()
  expect(() => register.read({ name: 'b', offset: 2, floor: register.floor })).toThrow('refused')
  expect(() => register.read({ name: 'c', offset: 3, floor: register.floor })).toThrow('nobody committed')
})
