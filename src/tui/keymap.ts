import { OperatorError } from '../base/errors.ts'

/** What keys do. */
export interface Binding {
  /** Names of keys: see `keyName`. */
  readonly keys: readonly string[]
  /** One or two words for the footer. */
  readonly label: string
  /** A sentence for the help. */
  readonly help: string
  /** Where the help lists it. */
  readonly group: 'everywhere' | 'lists' | 'things'
  /** Changes something in the cluster: refused by --readonly. */
  readonly changes?: true
}

const sortKeys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const

/** Every key once: footers, the help and what a key does derive from here. A screen names the actions that it knows. */
export const keymap = {
  open: { keys: ['enter'], label: 'open', help: 'Open what the cursor is on', group: 'things' },
  describe: { keys: ['d'], label: 'describe', help: 'Show everything that is known about it', group: 'things' },
  live: { keys: ['l'], label: 'live', help: 'Live tail: show records as they come, or stop', group: 'things' },
  follow: { keys: ['f'], label: 'follow', help: 'Keep the cursor on the newest', group: 'things' },
  jump: { keys: ['o'], label: 'go to', help: 'Go to an offset or a time', group: 'things' },
  cancel: { keys: ['ctrl-x'], label: 'stop search', help: 'Stop the search that is under way', group: 'things' },
  mode: { keys: ['v'], label: 'view', help: 'Show as JSON, as it is, or as bytes', group: 'things' },
  wrap: { keys: ['w'], label: 'wrap', help: 'Wrap long lines, or cut them', group: 'things' },
  next: { keys: ['ctrl-n'], label: 'next', help: 'The next one', group: 'things' },
  previous: { keys: ['ctrl-p'], label: 'previous', help: 'The one before', group: 'things' },
  copy: { keys: ['c'], label: 'copy', help: "Copy to the terminal's clipboard", group: 'things' },
  export: {
    keys: ['x'],
    label: 'export',
    help: 'Write to a file: .ndjson all of it, .txt and .bin the values',
    group: 'things',
  },
  create: { keys: ['n', 'a'], label: 'new', help: 'Create one', group: 'things', changes: true },
  produce: { keys: ['p'], label: 'produce', help: 'Produce a record', group: 'things', changes: true },
  again: { keys: ['r'], label: 'again', help: 'Produce this record again', group: 'things', changes: true },
  edit: { keys: ['e'], label: 'edit', help: 'Change it', group: 'things', changes: true },
  seek: { keys: ['s'], label: 'seek', help: 'Move the offsets of a group', group: 'things', changes: true },
  delete: {
    keys: ['ctrl-d'],
    label: 'delete',
    help: 'Delete it, after you type its name',
    group: 'things',
    changes: true,
  },
  internal: { keys: ['i'], label: 'internal', help: "Show the brokers' own things, or hide them", group: 'things' },
  picture: { keys: ['t'], label: 'topology', help: 'Show the topology as a picture', group: 'things' },
  filter: { keys: ['/'], label: 'filter', help: 'Filter; /!text what does not match, /-f text fuzzy', group: 'lists' },
  sort: { keys: sortKeys, label: 'sort', help: 'Sort by that column; again: the other way round', group: 'lists' },
  up: { keys: ['up', 'k'], label: 'up', help: 'One line up', group: 'lists' },
  down: { keys: ['down', 'j'], label: 'down', help: 'One line down', group: 'lists' },
  left: { keys: ['left', 'h'], label: 'left', help: 'To the left', group: 'lists' },
  right: { keys: ['right'], label: 'right', help: 'To the right', group: 'lists' },
  pageUp: { keys: ['pageup', 'ctrl-b'], label: 'page up', help: 'One page up', group: 'lists' },
  pageDown: { keys: ['pagedown', 'ctrl-f', 'space'], label: 'page down', help: 'One page down', group: 'lists' },
  top: { keys: ['g', 'home'], label: 'top', help: 'To the beginning', group: 'lists' },
  bottom: { keys: ['G', 'end'], label: 'end', help: 'To the end', group: 'lists' },
  back: { keys: ['esc', 'q'], label: 'back', help: 'Back to where you came from', group: 'everywhere' },
  command: {
    keys: [':'],
    label: 'command',
    help: 'Go to another screen: :topics, :groups, :ctx …',
    group: 'everywhere',
  },
  help: { keys: ['?'], label: 'help', help: 'This help', group: 'everywhere' },
  refresh: { keys: ['ctrl-r'], label: 'refresh', help: 'Ask the cluster again, now', group: 'everywhere' },
  redraw: { keys: ['ctrl-l'], label: 'redraw', help: 'Draw the whole screen again', group: 'everywhere' },
  quit: { keys: ['ctrl-c'], label: 'quit', help: 'Leave (or :q)', group: 'everywhere' },
} as const satisfies Record<string, Binding>

export type ActionName = keyof typeof keymap

export const actionNames = Object.keys(keymap) as readonly ActionName[]

/** The keys of every action as they are now: the literal's, or the user's. */
export type Keys = Readonly<Record<ActionName, readonly string[]>>

export const defaultKeys: Keys = Object.fromEntries(
  actionNames.map(name => [name, keymap[name].keys]),
) as unknown as Keys

export function bindingOf(action: ActionName): Binding {
  return keymap[action]
}

/** What a key does among the actions that count here; the screen's own first. */
export function actionOf(keys: Keys, key: string, among: readonly ActionName[]): ActionName | undefined {
  return among.find(action => keys[action].includes(key))
}

/**
 * Keys as a user wants them: pairs of an action's name and keys with blanks between (`delete = ctrl-k del`); an empty value
 * takes its keys away. Throws `OperatorError` for names that there are not, and where `quit` would have no key.
 */
export function userKeys(entries: readonly { readonly name: string; readonly value: string }[], where: string): Keys {
  const changed: Record<string, readonly string[]> = {}
  for (const { name, value } of entries) {
    if (!actionNames.includes(name as ActionName)) {
      throw new OperatorError(`${where}: there is no action '${name}'`, {
        hint: `there are: ${actionNames.join(', ')}`,
      })
    }
    changed[name] = value.split(/\s+/).filter(key => key !== '')
  }
  const keys = { ...defaultKeys, ...changed }
  if (keys.quit.length === 0) throw new OperatorError(`${where}: 'quit' must have a key`)
  return keys
}
