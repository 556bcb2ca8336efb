import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { actionNames, bindingOf, defaultKeys, userKeys } from '../../src/tui/keymap.ts'
import { screens } from '../../src/tui/screens/registry.ts'
import { after, data, keys, screenOf, someModel, topicRow } from './some-model.ts'

test('on no screen two actions have one key', () => {
  const everywhere = actionNames.filter(action => bindingOf(action).group === 'everywhere')
  for (const { name, actions } of screens) {
    const used = [...new Set([...actions, ...everywhere])].flatMap(action => defaultKeys[action])
    expect(new Set(used).size, name).toBe(used.length)
  }
})

test('names and aliases of screens are told apart', () => {
  const names = screens.flatMap(({ name, aliases }) => [name, ...aliases])
  expect(new Set(names).size).toBe(names.length)
})

test('keys of the user replace those of the literal, in footer and help, too', () => {
  const model = someModel({ keys: userKeys([{ name: 'delete', value: 'D ctrl-k' }], 'file') })
  const listed = after(model, data({ kind: 'topics' }, [topicRow('orders')])).model
  expect(after(listed, ...keys('ctrl-d')).model.overlay).toBeUndefined()
  expect(after(listed, ...keys('ctrl-k')).model.overlay?.kind).toBe('confirm')
  expect(screenOf(after(listed, ...keys('?')).model).join('\n')).toMatch(/D ctrl-k +Delete/)
})

test('an action that there is not, and no key to leave with, are refused', () => {
  expect(() => userKeys([{ name: 'remove', value: 'x' }], 'ui.properties')).toThrow(OperatorError)
  expect(() => userKeys([{ name: 'quit', value: '' }], 'ui.properties')).toThrow("'quit' must have a key")
})

test('the help names every action of a screen with its keys', () => {
  for (const screen of screens.filter(({ isInner }) => !isInner)) {
    const model = after(
      someModel({ size: { columns: 100, rows: 200 } }),
      ...keys(':', `"${screen.name}${screen.argument ? ' x' : ''}"`, 'enter', '?'),
    ).model
    const shown = screenOf(model).join('\n')
    for (const action of screen.actions) expect(shown, screen.name).toContain(bindingOf(action).help)
  }
})
