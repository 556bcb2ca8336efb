/** What ink's `useInput` tells about a key. */
export interface KeyPress {
  readonly upArrow: boolean
  readonly downArrow: boolean
  readonly leftArrow: boolean
  readonly rightArrow: boolean
  readonly pageDown: boolean
  readonly pageUp: boolean
  readonly home: boolean
  readonly end: boolean
  readonly return: boolean
  readonly escape: boolean
  readonly ctrl: boolean
  readonly shift: boolean
  readonly tab: boolean
  readonly backspace: boolean
  readonly delete: boolean
  readonly meta: boolean
}

/** A key: its name for the keymap, and what it types, which is nothing for most keys that have a name. */
export interface Key {
  readonly name: string
  readonly text: string
}

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'del'],
] as const

/** The keys that came at once: more than one when the program was busy while somebody typed. */
export function keysOf(input: string, press: KeyPress): readonly Key[] {
  for (const [flag, name] of named) if (press[flag]) return [{ name: withModifiers(name, press), text: '' }]
  if (press.tab) return [{ name: press.shift ? 'backtab' : 'tab', text: '' }]
  if (press.ctrl || press.meta) return input === '' ? [] : [{ name: withModifiers(input, press), text: '' }]
  return [...input].map(character => keyOfCharacter(character))
}

function withModifiers(name: string, { ctrl, meta }: KeyPress): string {
  // The terminal's escape key looks like a modifier.
  return `${ctrl ? 'ctrl-' : ''}${meta && name !== 'esc' ? 'alt-' : ''}${name}`
}

function keyOfCharacter(character: string): Key {
  if (character === '\r' || character === '\n') return { name: 'enter', text: '' }
  if (character === '\t') return { name: 'tab', text: '' }
  if (character === ' ') return { name: 'space', text: ' ' }
  if (character === '\u007f' || character === '\b') return { name: 'backspace', text: '' }
  if (character < ' ') return { name: `ctrl-${String.fromCharCode(character.charCodeAt(0) + 96)}`, text: '' }
  return { name: character, text: character }
}
