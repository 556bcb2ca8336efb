import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { CommandContext, OptionSpec } from '../command.ts'

export const yesOption: OptionSpec = { flags: '-y, --yes', help: 'do not ask' }

/** Whether to go on with what cannot be undone. */
export interface Consent {
  readonly yes?: boolean
  /** What is about to happen was chosen by a pattern or a plan, not named word for word. */
  readonly isBroad?: boolean
}

/**
 * Asks on a terminal; anything but `y` or `yes` is a no. Without a terminal there is nobody to ask: what was named word for
 * word is done, what a pattern chose needs `--yes`. Throws `OperatorError` for that, and when the command is interrupted.
 */
export async function agreed(context: CommandContext, question: string, consent: Consent): Promise<boolean> {
  if (consent.yes) return true
  if (context.io.stdin.isTTY === true) {
    context.io.stderr.write(`${question} [y/N] `)
    const answer = await readLine(context)
    const isYes = /^y(es)?$/i.test(answer.trim())
    // Told and counted as the interruption that it is, not as a no.
    if (context.signal.aborted) throw new OperatorError('interrupted', { exitCode: ExitCode.failure })
    if (!isYes) context.output.note('nothing was changed')
    return isYes
  }
  if (consent.isBroad) {
    throw new OperatorError('a pattern chose these, and there is no terminal to ask at', {
      hint: 'look at the list, then add --yes',
    })
  }
  return true
}

/** One line of standard input, without its end; empty at its end or when the command is interrupted. */
function readLine({ io, signal }: CommandContext): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const onData = (chunk: Buffer | string): void => {
    text += chunk.toString()
    const end = text.indexOf('\n')
    if (end >= 0) resolve(text.slice(0, end))
  }
  const onEnd = (): void => resolve('')
  const onAbort = (): void => {
    io.stderr.write('\n')
    resolve('')
  }
  io.stdin.on('data', onData)
  io.stdin.once('end', onEnd)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return promise.finally(() => {
    io.stdin.off('data', onData)
    io.stdin.off('end', onEnd)
    signal.removeEventListener('abort', onAbort)
    io.stdin.pause()
  })
}
