/** Process exit codes (see "Errors" in the README): what a script or a supervisor may rely on. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  unauthorized: 3,
  unreachable: 4,
  /** EX_SOFTWARE of sysexits.h: an assertion of ours failed. */
  internal: 70,
  /** EX_IOERR of sysexits.h: the disk failed; a restart recovers. */
  storage: 74,
} as const

/** Something the operator can mend: one sentence and, where there is one, a hint. Ends the program with `exitCode`. */
export class OperatorError extends Error {
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'OperatorError'
    this.hint = options.hint
    this.exitCode = options.exitCode ?? ExitCode.usage
  }
}

/** Bytes from outside that break the protocol: the connection that sent them is closed and the event counted. */
export class DecodeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DecodeError'
  }
}

/** A commit or read that the disk refused: memory may be ahead of disk, so the node stops (exit 74). */
export class StorageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageError'
  }
}

/** A broken promise of our own code. Never reached by bytes from outside. Stops the node (exit 70). */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionError'
  }
}

/** Throws an `AssertionError` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Closes a `switch` over a tagged union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
