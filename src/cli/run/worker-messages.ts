import { OperatorError } from '../../base/errors.ts'
import type { ThreadSettings } from '../../streams/runtime/thread-options.ts'
import type { StoreRequest } from '../../streams/serving/running-application.ts'
import type { BrokerOptions } from '../options.ts'

/** What a thread of a running script begins with. */
export interface WorkerStart {
  readonly script: string
  readonly settings: ThreadSettings
  readonly brokers: BrokerOptions
  /** Environment variables, and the directory of the project file. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly directory: string | undefined
}

/** What the main thread says to a thread. */
export type WorkerRequest =
  | { readonly kind: 'stop' }
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly store: string; readonly request: StoreRequest }

/** What a thread says to the main thread. */
export type WorkerEvent =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'reply'; readonly id: number; readonly value?: unknown; readonly failure?: PlainError }
  | { readonly kind: 'ended'; readonly failure?: PlainError }

/** An error as it goes from thread to thread. */
interface PlainError {
  readonly message: string
  readonly stack: string | undefined
  /** Of an OperatorError. */
  readonly operator: { readonly hint: string | undefined; readonly exitCode: number } | undefined
}

export function plainError(error: unknown): PlainError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const operator = error instanceof OperatorError ? { hint: error.hint, exitCode: error.exitCode } : undefined
  return { message, stack, operator }
}

export function errorOf({ message, stack, operator }: PlainError): Error {
  if (operator) {
    const { hint, exitCode } = operator
    return new OperatorError(message, { exitCode, ...(hint !== undefined && { hint }) })
  }
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
