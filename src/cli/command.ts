import type { Readable, Writable } from 'node:stream'
import type { Env } from '../base/env.ts'
import type { Output } from './output.ts'

/** Everything outside that a command may touch. Only src/main.ts makes it from the real process. */
export interface ProgramIo {
  readonly env: Env
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Where the program was started: a project file is looked for from there. */
  readonly directory?: string
  /** Calls `handler` at each signal of that name until the returned function is called. */
  readonly onSignal: (name: 'SIGINT' | 'SIGTERM', handler: () => void) => () => void
  /** Calls `restore` before the program ends with an error that nobody caught, until the returned function is called. */
  readonly onCrash?: (restore: () => void) => () => void
  readonly version?: string
}

/** What a running command works with. */
export interface CommandContext {
  readonly env: Env
  readonly io: ProgramIo
  readonly output: Output
  /** All commands, for those that are about commands. */
  readonly commands: readonly CommandSpec[]
  /** Aborts when the user interrupts or the reader of stdout goes away: finish what is in flight and return. */
  readonly signal: AbortSignal
}

/**
 * What a shell completes an argument or a value with: words, or what is looked up. Without it the name that stands for it
 * tells: `<topic>`, `<groups...>`, `<file>`.
 */
export type Completes =
  | readonly string[]
  | 'topics'
  | 'groups'
  | 'transactions'
  | 'profiles'
  | 'files'
  | 'directories'
  /** Settings of a topic, with a value behind them or without. */
  | 'topic settings'
  | 'topic setting names'
  /** What has settings, and its settings, as the commands of `config` take them. */
  | 'owners'
  | 'owner settings'

/** An option: commander's flags (`-n, --count <number>`), one line of help, and how its text is read. */
export interface OptionSpec {
  readonly flags: string
  readonly help: string
  /** Throws `OperatorError` for text that cannot be meant. With `repeatable`, called for every occurrence. */
  readonly parse?: (text: string) => unknown
  readonly default?: unknown
  /** How the help shows the default. */
  readonly defaultText?: string
  /** Environment variable that stands in for the option. */
  readonly variable?: string
  readonly choices?: readonly string[]
  readonly completes?: Completes
  /** May be given several times; its value is a list. */
  readonly repeatable?: boolean
  /** Left out of the help. */
  readonly hidden?: boolean
}

export interface Example {
  readonly command: string
  readonly does: string
}

/** An argument, named as commander wants it: `<topic>`, `[files...]`. */
export interface ArgumentSpec {
  readonly name: string
  readonly help: string
  readonly completes?: Completes
}

/** A command as a literal. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** Paragraphs of help below the summary. */
  readonly description?: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  readonly examples?: readonly Example[]
  readonly subcommands?: readonly CommandSpec[]
  /** Left out of the help. */
  readonly hidden?: boolean
  /** Of a command with subcommands: the exit code of whatever goes wrong, wrong usage too, where others have a use for theirs. */
  readonly failureCode?: number
  /** A signal is how it ends, with exit code 0 if it could finish; others were cut short and tell so. */
  readonly endsBySignal?: boolean
  /** Everything behind the name is one list of words, as it was typed: this command reads its own options. */
  readonly takesRawArguments?: boolean
  /** Answers the exit code; nothing means 0. */
  readonly run?: (context: CommandContext, invocation: Invocation) => Promise<number | undefined>
}

/** A command line, read: arguments in order, a list where the argument is variadic; options under their camelCase names. */
export interface Invocation {
  readonly arguments: readonly (string | readonly string[] | undefined)[]
  readonly options: Readonly<Record<string, unknown>>
}

/** Types a command's literal: `Options` is what its `options` parse to, `Arguments` what its `arguments` are. */
export function defineCommand<Options, Arguments extends readonly unknown[]>(
  spec: Omit<CommandSpec, 'run' | 'subcommands'> & {
    readonly run: (context: CommandContext, options: Options, ...given: Arguments) => Promise<number | undefined>
  },
): CommandSpec {
  const { run, ...rest } = spec
  return {
    ...rest,
    run: (context, invocation) =>
      run(context, invocation.options as Options, ...(invocation.arguments as unknown as Arguments)),
  }
}
