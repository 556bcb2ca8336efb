import { expect, test } from 'vitest'
import { after, data, effectsOf, keys, screenOf, someModel } from '../some-model.ts'
import { groupPicture, nowMs } from './pictures.ts'

const source = { kind: 'group', group: 'billing' }
const opened = after(someModel({ screen: 'group', argument: 'billing', nowMs }), data(source, groupPicture())).model
const from = opened.stack.at(-1)!.id
const text = (model: typeof opened): string => screenOf(model).join('\n')
const move = { topic: 'web', partition: 0, committed: 40, to: 70, remark: null }
const planned = (members: number, moves: readonly object[] = [move]) => ({
  ...{ kind: 'done' as const, from, work: { kind: 'planSeek', changes: false }, result: { moves, members } },
})

test('lag in records and in time, with a chart where there is room', () => {
  expect(text(opened)).toMatch(/lag 60 {2}late 1\.1m/)
  expect(text(opened)).toContain('-5m')
  expect(text(after(opened, ...keys('v')).model)).not.toContain('-5m')
  const small = { ...opened, size: { columns: 80, rows: 10 } }
  expect(text(small)).not.toContain('-5m')
  expect(text(small)).toContain('web')
})

test('enter shows the records where the group is', () => {
  const { model } = after(opened, ...keys('enter'))
  const { screen, state } = model.stack.at(-1)!
  expect(screen.name).toBe('records')
  expect(screen.sources?.(state, {} as never)).toMatchObject([{ topic: 'web', from: '0=40' }])
})

test('a seek asks where to, shows its plan, and is done only with consent', () => {
  const asking = after(opened, ...keys('s')).model
  expect(text(asking)).toContain('Move group billing')
  const sent = after(asking, ...keys('"end"', 'enter'))
  expect(effectsOf(sent)).toMatchObject([{ kind: 'work', work: { kind: 'planSeek', to: 'end', changes: false } }])
  const shown = after(sent.model, planned(0))
  expect(text(shown.model)).toContain('web [0]  40 → 70  skips 30')
  expect(effectsOf(after(shown.model, ...keys('n')))).toEqual([])
  expect(effectsOf(after(shown.model, ...keys('y')))).toMatchObject([
    { kind: 'work', work: { kind: 'seek', changes: true, group: 'billing', moves: [move] } },
  ])
})

test('an empty place is not sent', () => {
  const sent = after(opened, ...keys('s', 'enter'))
  expect(effectsOf(sent)).toEqual([])
  expect(text(sent.model)).toContain('say where to')
})

test('a group with members is not moved: it says so instead of asking', () => {
  const shown = after(opened, planned(2)).model
  expect(shown.overlay).toBeUndefined()
  expect(shown.flash?.text).toContain('2 members')
})

test('a plan that changes nothing says so', () => {
  expect(after(opened, planned(0, [{ ...move, to: 40 }])).model.flash?.text).toContain('nothing would change')
})

test('readonly refuses the seek', () => {
  const model = { ...opened, isReadonly: true }
  expect(after(model, ...keys('s')).model.flash?.text).toContain('--readonly')
})
