import type { Readable, Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import type { Env } from '../base/env.ts'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { loadWidths } from './cells.ts'
import { hasUnicode } from './charts/ascii.ts'
import { editorOf, fileEditor } from './edit-file.ts'
import type { Keys } from './keymap.ts'
import { startModel } from './model.ts'
import { type Connect, Session } from './session.ts'

/** The streams of a terminal. */
export interface TerminalStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (isRaw: boolean) => unknown }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly stderr: Writable
}

export interface UiOptions {
  readonly env: Env
  readonly io: TerminalStreams
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Calls back before the program ends with an error that nobody caught, until the returned function is called. */
  readonly onCrash?: (restore: () => void) => () => void
  readonly connect: Connect
  readonly profiles: readonly string[]
  readonly keys: Keys
  readonly isReadonly: boolean
  /** The screen to begin with, as `:SCREEN ARGUMENT` opens it. */
  readonly screen: string
  readonly argument?: string
}

/** How long the first screen may wait for the cluster before ink is loaded anyway. */
const firstScreenMs = 250

/**
 * Runs the browser until it is left. Throws `OperatorError` where there is no terminal.
 *
 * ink takes 0.2 s to load. So the cluster is asked and the first screen drawn before that; keys that are typed meanwhile wait
 * in the terminal.
 */
export async function runUi(options: UiOptions): Promise<number> {
  const { env, io, variables, signal } = options
  if (!io.stdout.isTTY || !io.stdin.isTTY) {
    throw new OperatorError('ui needs a terminal', { hint: 'streamctl topic list and streamctl tail work in pipes' })
  }
  const size = () => ({ columns: Math.max(1, io.stdout.columns || 80), rows: Math.max(1, io.stdout.rows || 24) })
  // A tail makes garbage all the time. V8 would let its nursery grow to 64 MB for that: with a small one the program stays
  // below 180 MB instead of 250, for 2 % of a core.
  setFlagsFromString('--semi-space-growth-factor=1')
  const connection = options.connect()
  const model = startModel({
    ...options,
    size: size(),
    nowMs: env.clock.now(),
    hasEditor: editorOf(variables) !== undefined,
    place: connection.place,
  })
  const hasColour = !variables.NO_COLOR && variables.TERM !== 'dumb'
  const session = new Session(model, connection, {
    env,
    connect: options.connect,
    hasColour,
    hasUnicode: hasUnicode(variables),
  })
  const onResize = (): void => session.dispatch({ kind: 'resize', size: size() })
  const screen = enterScreen(io)
  let leave = screen.leave
  const forgetCrash = options.onCrash?.(() => leave())
  try {
    session.attach(screen.terminal)
    await Promise.race([session.hasShown, waited(env, firstScreenMs)])
    const [{ render }, { app }] = await Promise.all([import('ink'), import('./app.ts'), loadWidths()])
    if (signal.aborted) return ExitCode.ok
    const instance = render(app(session, fileEditor(variables)), {
      stdout: io.stdout as unknown as NodeJS.WriteStream,
      stdin: io.stdin as unknown as NodeJS.ReadStream,
      stderr: io.stderr as unknown as NodeJS.WriteStream,
      interactive: true,
      alternateScreen: true,
      exitOnCtrlC: false,
      patchConsole: false,
    })
    leave = () => instance.unmount()
    signal.addEventListener('abort', leave)
    // The terminal was closed: nobody is left to type.
    io.stdin.once('end', leave)
    io.stdin.once('error', leave)
    io.stdout.on('resize', onResize)
    await instance.waitUntilExit()
  } finally {
    leave()
    forgetCrash?.()
    io.stdout.off('resize', onResize)
    session.close()
  }
  return ExitCode.ok
}

/** The alternate screen and raw keys, as ink will have them too; `leave` is for an end before that. */
function enterScreen({ stdin, stdout }: TerminalStreams) {
  stdin.setRawMode?.(true)
  stdout.write('\u001b[?1049h\u001b[?25l')
  return {
    terminal: {
      write: (text: string, taken: () => void) => void stdout.write(text, () => taken()),
      edit: () => Promise.resolve(undefined),
      exit: () => {},
    },
    leave: (): void => {
      stdin.setRawMode?.(false)
      stdout.write('\u001b[?1049l\u001b[?25h')
    },
  }
}

function waited(env: Env, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  env.clock.after(milliseconds, resolve)
  return promise
}
