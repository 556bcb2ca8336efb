import type { Readable, Writable } from 'node:stream'
import type { Env } from '../base/env.ts'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { editorOf, fileEditor } from './edit-file.ts'
import type { Keys } from './keymap.ts'
import { startModel } from './model.ts'
import { type Connect, Session } from './session.ts'

/** The streams of a terminal. */
export interface TerminalStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly stderr: Writable
}

export interface UiOptions {
  readonly env: Env
  readonly io: TerminalStreams
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly connect: Connect
  readonly profiles: readonly string[]
  readonly keys: Keys
  readonly isReadonly: boolean
  /** The screen to begin with, as `:SCREEN ARGUMENT` opens it. */
  readonly screen: string
  readonly argument?: string
}

/**
 * Runs the browser until it is left. Throws `OperatorError` where there is no terminal.
 *
 * The cluster is asked before ink is loaded, which takes a tenth of a second: both go on at once.
 */
export async function runUi(options: UiOptions): Promise<number> {
  const { env, io, variables } = options
  if (!io.stdout.isTTY || !io.stdin.isTTY) {
    throw new OperatorError('ui needs a terminal', { hint: 'streamctl topic list and streamctl tail work in pipes' })
  }
  const size = () => ({ columns: Math.max(1, io.stdout.columns ?? 80), rows: Math.max(1, io.stdout.rows ?? 24) })
  const connection = options.connect()
  const model = startModel({
    ...options,
    size: size(),
    nowMs: env.clock.now(),
    hasEditor: editorOf(variables) !== undefined,
    place: connection.place,
  })
  const hasColour = !variables.NO_COLOR && variables.TERM !== 'dumb'
  const session = new Session(model, connection, { env, connect: options.connect, hasColour })
  const onResize = (): void => session.dispatch({ kind: 'resize', size: size() })
  try {
    const [{ render }, { app }] = await Promise.all([import('ink'), import('./app.ts')])
    if (options.signal.aborted) return ExitCode.ok
    const instance = render(app(session, fileEditor(variables)), {
      stdout: io.stdout as unknown as NodeJS.WriteStream,
      stdin: io.stdin as unknown as NodeJS.ReadStream,
      stderr: io.stderr as unknown as NodeJS.WriteStream,
      interactive: true,
      alternateScreen: true,
      exitOnCtrlC: false,
      patchConsole: false,
    })
    const leave = (): void => instance.unmount()
    options.signal.addEventListener('abort', leave)
    // The terminal was closed: nobody is left to type.
    io.stdin.once('end', leave)
    io.stdin.once('error', leave)
    io.stdout.on('resize', onResize)
    await instance.waitUntilExit()
  } finally {
    io.stdout.off('resize', onResize)
    session.close()
  }
  return ExitCode.ok
}
