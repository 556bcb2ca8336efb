import { ExitCode, OperatorError } from '../base/errors.ts'
import type { Output } from './output.ts'

/** Does the same to several things; one that fails is reported and does not keep the others. The exit code of the first failure, or 0. */
export async function eachOf<Item>(
  items: readonly Item[],
  output: Output,
  action: (item: Item) => Promise<void>,
): Promise<number> {
  let exitCode: number = ExitCode.ok
  for (const item of items) {
    try {
      await action(item)
    } catch (error) {
      // Without a broker the next one would fail in the same way.
      if (!(error instanceof OperatorError) || error.exitCode === ExitCode.unreachable) throw error
      output.failure(error.message, error.hint)
      if (exitCode === ExitCode.ok) exitCode = error.exitCode
    }
  }
  return exitCode
}
