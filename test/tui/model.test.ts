import { expect, test } from 'vitest'
import { sourcesOf, topOf } from '../../src/tui/model.ts'
import type { Effect } from '../../src/tui/screen.ts'
import { after, data, effectsOf, keys, screenOf, someModel, topicRow } from './some-model.ts'

const topics = { kind: 'topics' }
const listed = after(
  someModel(),
  data(topics, [topicRow('orders'), topicRow('payments'), topicRow('__hidden', { isInternal: true })]),
).model

/** What keys do, from a list of topics with the cursor on the first: the screens that are open then, and what is asked for. */
const cases: readonly {
  readonly keys: readonly string[]
  readonly screens: readonly string[]
  readonly effects?: readonly Partial<Effect>[]
  readonly says?: string
}[] = [
  { keys: ['enter'], screens: ['topics', 'records'] },
  { keys: ['enter', 'esc'], screens: ['topics'] },
  { keys: ['esc'], screens: ['topics'], says: 'first screen' },
  { keys: ['?'], screens: ['topics', 'help'] },
  { keys: ['?', '?'], screens: ['topics'] },
  { keys: [':', '"records payments"', 'enter'], screens: ['topics', 'records'] },
  { keys: [':', '"payments"', 'enter'], screens: ['topics', 'records'] },
  { keys: [':', '"r pay"', 'tab', 'enter'], screens: ['topics', 'records'] },
  { keys: [':', '"records"', 'enter'], screens: ['topics'], says: 'needs the name of a topic' },
  { keys: [':', '"nonsense"', 'enter'], screens: ['topics'], says: "no command ':nonsense'" },
  { keys: [':', 'esc'], screens: ['topics'] },
  { keys: [':', 'backspace'], screens: ['topics'] },
  { keys: [':', '"q"', 'enter'], screens: ['topics'], effects: [{ kind: 'quit' }] },
  { keys: ['ctrl-c'], screens: ['topics'], effects: [{ kind: 'quit' }] },
  { keys: ['/', '"x"', 'ctrl-c'], screens: ['topics'], effects: [{ kind: 'quit' }] },
  { keys: [':', '"ctx pro"', 'tab', 'enter'], screens: ['topics'], effects: [{ kind: 'profile', name: 'production' }] },
  { keys: [':', '"ctx"', 'enter'], screens: ['topics'], says: 'there are: local, production' },
  { keys: ['c'], screens: ['topics'], effects: [{ kind: 'copy', text: 'orders' }] },
  { keys: ['ctrl-r'], screens: ['topics'], effects: [{ kind: 'refresh' }] },
  { keys: ['ctrl-d', '"orders"', 'enter'], screens: ['topics'], effects: [{ kind: 'work' }] },
  { keys: ['ctrl-d', '"order"', 'enter'], screens: ['topics'], says: 'type orders to go on' },
  { keys: ['ctrl-d', 'esc'], screens: ['topics'], says: 'nothing was done' },
  { keys: ['e'], screens: ['topics'], effects: [{ kind: 'work' }] },
]

for (const { keys: pressed, screens, effects = [], says } of cases) {
  test(`from the topics, ${pressed.join(' ')} leads to ${screens.join(' › ')}${effects.length > 0 ? ` and asks for ${effects.map(({ kind }) => kind)}` : ''}`, () => {
    const change = after(listed, ...keys(...pressed))
    expect(change.model.stack.map(({ screen }) => screen.name)).toEqual(screens)
    expect(effectsOf(change)).toEqual(effects.map(effect => expect.objectContaining(effect)))
    if (says) expect(change.model.flash?.text).toContain(says)
  })
}

test('--readonly refuses every key and every work that changes something, and says so', () => {
  const model = { ...listed, isReadonly: true }
  for (const key of ['ctrl-d', 'n', 'e', 'p']) {
    const change = after(model, ...keys(key))
    expect(change.effects, key).toEqual([])
    expect(change.model.overlay, key).toBeUndefined()
    expect(change.model.flash?.text, key).toContain('--readonly')
  }
  expect(screenOf(model)[0]).toContain('readonly')
})

test('the name of a topic is not deleted by another key than its own name', () => {
  const asked = after(listed, ...keys('ctrl-d', 'y', 'enter'))
  expect(asked.effects).toEqual([])
  expect(asked.model.overlay?.kind).toBe('confirm')
})

test('esc in a filter line shows everything again, enter keeps the filter, esc then takes it away', () => {
  const typing = after(listed, ...keys('/', '"pay"')).model
  expect(screenOf(typing).filter(text => /^(orders|payments)/.test(text))).toHaveLength(1)
  expect(screenOf(after(typing, ...keys('esc')).model).filter(text => /^(orders|payments)/.test(text))).toHaveLength(2)
  const kept = after(typing, ...keys('enter')).model
  expect(screenOf(kept)[0]).toContain('1 of 2 /pay')
  expect(screenOf(after(kept, ...keys('esc')).model)[0]).toContain('Topics  2')
})

test('commands that were typed come back with up', () => {
  const again = after(listed, ...keys(':', '"records orders"', 'enter', 'esc', ':', 'up')).model
  expect(screenOf(again).at(-1)).toBe(':records orders')
})

test('a source that fails is told, keeps what was there, and is forgotten with its next news', () => {
  const trouble = { message: 'no broker answers at 127.0.0.1:9092', retryAtMs: listed.nowMs + 2_000 }
  const failed = after(listed, { kind: 'trouble', source: topics, trouble }).model
  const shown = screenOf(failed).join('\n')
  expect(shown).toContain('no broker answers')
  expect(shown).toContain('trying again in 2 s')
  expect(shown).toContain('orders')
  expect(screenOf(after(failed, data(topics, [topicRow('orders')])).model).join('\n')).not.toContain('no broker')
})

test('sources of all open screens go on, and end with their screens', () => {
  const opened = after(listed, ...keys('enter')).model
  expect(sourcesOf(opened).map(({ kind }) => kind)).toEqual(['topics', 'records'])
  expect(sourcesOf(after(opened, ...keys('esc')).model).map(({ kind }) => kind)).toEqual(['topics'])
})

test('news for a screen that is gone change nothing', () => {
  const source = { kind: 'records', topic: 'orders' }
  expect(after(listed, data(source, {})).model.stack).toEqual(listed.stack)
})

test('another cluster begins with its topics, without what the first one said', () => {
  const moved = after(listed, ...keys('enter'), { kind: 'place', place: 'production' }).model
  expect(moved.stack.map(({ screen }) => screen.name)).toEqual(['topics'])
  expect(screenOf(moved).join('\n')).not.toContain('orders')
})

test('a message goes after a while', () => {
  const flashed = after(listed, { kind: 'flash', text: 'done' }).model
  expect(screenOf(flashed).at(-2)).toBe('done')
  expect(screenOf(after(flashed, { kind: 'tick', nowMs: flashed.nowMs + 60_000 }).model).at(-2)).toBe('')
})

test('the way back is kept to a length, and never loses the first screen', () => {
  const deep = after(listed, ...Array.from({ length: 50 }, () => keys(':', '"records orders"', 'enter')).flat()).model
  expect(deep.stack.length).toBeLessThanOrEqual(30)
  expect(deep.stack[0]?.screen.name).toBe('topics')
  expect(topOf(deep).screen.name).toBe('records')
})
