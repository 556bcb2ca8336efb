import type { Opened } from './model.ts'
import { screens } from './screens/registry.ts'

/** What a line behind `:` asks for. */
export type Command =
  | { readonly kind: 'open'; readonly screen: string; readonly argument?: string }
  | { readonly kind: 'profile'; readonly name: string | undefined }
  | { readonly kind: 'quit' }
  | { readonly kind: 'help' }
  | { readonly kind: 'unknown'; readonly message: string }

/** Commands besides those that open screens. */
const others: readonly {
  readonly names: readonly string[]
  readonly does: string
  readonly kind: 'profile' | 'quit' | 'help'
}[] = [
  { names: ['ctx', 'context', 'profile'], does: 'connect as another profile says: :ctx NAME', kind: 'profile' },
  { names: ['q', 'quit', 'q!', 'exit'], does: 'leave', kind: 'quit' },
  { names: ['help', 'h'], does: 'keys and commands', kind: 'help' },
]

/** Every command with what it does, for the help. */
export function commandList(): readonly { readonly names: readonly string[]; readonly does: string }[] {
  const opening = screens
    .filter(({ isInner }) => !isInner)
    .map(({ name, aliases, argument, summary }) => ({
      names: [argument ? `${name} ${argument.toUpperCase()}` : name, ...aliases],
      does: summary,
    }))
  return [...opening, ...others]
}

/** Reads a command. The name of a topic alone opens its records. */
export function readCommand(text: string, stack: readonly Opened[]): Command {
  const [word = '', ...rest] = text.trim().split(/\s+/)
  const argument = rest.join(' ')
  const other = others.find(({ names }) => names.includes(word))
  if (other?.kind === 'profile') return { kind: 'profile', name: argument || undefined }
  if (other) return { kind: other.kind }
  const screen = screens.find(({ name, aliases, isInner }) => !isInner && (name === word || aliases.includes(word)))
  if (screen?.argument && argument === '') {
    return { kind: 'unknown', message: `:${screen.name} needs the name of a ${screen.argument}` }
  }
  if (screen) return { kind: 'open', screen: screen.name, ...(argument ? { argument } : {}) }
  if (knownNames(stack, 'topic').includes(word)) return { kind: 'open', screen: 'records', argument: word }
  return { kind: 'unknown', message: `there is no command ':${word}': ? shows them` }
}

/** What a command line can go on as: whole lines. */
export function completeCommand(
  text: string,
  stack: readonly Opened[],
  profiles: readonly string[],
): readonly string[] {
  const [, word = '', gap = '', argument = ''] = /^\s*(\S*)(\s*)(.*)$/.exec(text) ?? []
  if (gap === '') {
    const names = [
      ...screens.filter(({ isInner }) => !isInner).map(({ name }) => name),
      ...others.map(({ names }) => names[0]!),
    ]
    const aliases = screens.filter(({ isInner }) => !isInner).flatMap(screen => screen.aliases)
    const found = names.filter(name => name.startsWith(word))
    return found.length > 0 ? found : aliases.filter(alias => alias.startsWith(word))
  }
  const screen = screens.find(({ name, aliases }) => name === word || aliases.includes(word))
  const candidates = others[0]!.names.includes(word)
    ? profiles
    : screen?.argument
      ? knownNames(stack, screen.argument)
      : []
  return candidates.filter(name => name.startsWith(argument)).map(name => `${word} ${name}`)
}

/** Names that open screens have seen. */
function knownNames(stack: readonly Opened[], kind: string): readonly string[] {
  return [...new Set(stack.flatMap(({ screen, state }) => screen.names?.(state)[kind] ?? []))].toSorted()
}
