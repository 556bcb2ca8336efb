import { padCells } from '../cells.ts'
import { commandList } from '../command.ts'
import { type ActionName, actionNames, bindingOf, type Keys } from '../keymap.ts'
import { type Line, line } from '../line.ts'
import { defineScreen, type Screen, type ScreenContext } from '../screen.ts'

interface HelpState {
  /** The screen that help was asked for on. */
  readonly about: Screen | undefined
  readonly top: number
}

const scrolling = ['up', 'down', 'pageUp', 'pageDown', 'top', 'bottom'] as const satisfies readonly ActionName[]

/** All keys and commands, out of the keymap and the list of screens. */
export const helpScreen = defineScreen<HelpState>({
  name: 'help',
  aliases: [],
  summary: 'keys and commands',
  isInner: true,
  open: ({ given }) => ({ about: given as Screen | undefined, top: 0 }),
  title: ({ about }) => `Help${about ? `: ${about.name}` : ''}`,
  actions: scrolling,
  update: (state, event, context) => {
    if (event.kind !== 'action') return { state }
    const last = Math.max(0, helpLines(state, context).length - context.rows)
    const top = scrolled(state.top, event.action, context.rows, last)
    return { state: { ...state, top: Math.max(0, Math.min(last, top)) } }
  },
  view: (state, context) => helpLines(state, context).slice(state.top, state.top + context.rows),
})

function scrolled(top: number, action: ActionName, rows: number, last: number): number {
  const steps: Partial<Record<ActionName, number>> = {
    up: -1,
    down: 1,
    pageUp: 1 - rows,
    pageDown: rows - 1,
    top: -top,
  }
  return action === 'bottom' ? last : top + (steps[action] ?? 0)
}

function helpLines({ about }: HelpState, { keys, isReadonly }: ScreenContext): readonly Line[] {
  const here = about?.actions ?? actionNames
  const groups: readonly (readonly [title: string, actions: readonly ActionName[]])[] = [
    ['Here', here.filter(action => bindingOf(action).group === 'things')],
    ['Moving', here.filter(action => bindingOf(action).group === 'lists')],
    ['Everywhere', actionNames.filter(action => bindingOf(action).group === 'everywhere')],
  ]
  const keyed = groups
    .filter(([, actions]) => actions.length > 0)
    .flatMap(([title, actions]) => [
      line(title, 'head'),
      ...actions.map(action => keyLine(keys, action, isReadonly)),
      [],
    ])
  const commands = commandList().map(
    ({ names, does }): Line => [
      { text: ` ${padCells(names.map(name => `:${name}`).join(' '), 30)}`, look: 'key' },
      { text: ` ${does}` },
    ],
  )
  return [...keyed, line('Commands (tab completes)', 'head'), ...commands]
}

function keyLine(keys: Keys, action: ActionName, isReadonly: boolean): Line {
  const { help, changes } = bindingOf(action)
  const isRefused = changes && isReadonly
  return [
    { text: ` ${padCells(keys[action].join(' ') || '(none)', 22)}`, look: 'key' },
    { text: ` ${help}${isRefused ? ' (refused: --readonly)' : ''}`, look: isRefused ? 'dim' : 'plain' },
  ]
}
