/** What the threads that commit and sync tell the main thread. */
export type WriterReport =
  | { readonly kind: 'opened' }
  /** Everything up to this group (of `CommitCounts`) is as durable as was asked for. */
  | { readonly kind: 'durable'; readonly upTo: number }
  /** Commits wait for a checkpoint. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'failed'; readonly error: { readonly message: string; readonly code: string } }

/** An error as it travels between threads. */
export function reportOf(error: unknown): WriterReport {
  const { message, code = '' } = error as { message: string; code?: string }
  return { kind: 'failed', error: { message, code } }
}
