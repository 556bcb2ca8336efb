import type { Env } from '../../base/env.ts'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { askInstance } from '../../client/application-instances.ts'
import type {
  ApplicationDescription,
  StoreEntry,
  StoreSummary,
  TaskAnswer,
} from '../../streams/serving/running-application.ts'

/** Which entries of a store are wanted. */
export interface Wanted {
  readonly key?: string
  readonly from?: string
  readonly to?: string
  readonly window?: { readonly start: number; readonly end: number }
}

export interface Asking {
  readonly env: Env
  readonly signal: AbortSignal
  readonly endpoints: readonly string[]
}

/** Who answers for one task: of the instances that have it, the one that processes it, else the one that is furthest. */
export interface TaskOwner {
  readonly endpoint: string
  readonly answer: TaskAnswer
}

export interface StoreOwners {
  readonly owners: readonly TaskOwner[]
  /** Instances that could not be asked, with what went wrong. */
  readonly failures: readonly OperatorError[]
}

const pageEntries = 1_000

/** Asks all instances for the first page of a store: whoever has a task of it answers. Throws what the only ones refuse. */
export async function findOwners(asking: Asking, store: string, wanted: Wanted, limit?: number): Promise<StoreOwners> {
  const path = storePath(store, wanted, { limit: Math.min(pageEntries, limit ?? pageEntries) })
  const settled = await Promise.allSettled(
    asking.endpoints.map(async endpoint => ({
      endpoint,
      ...(await ask<{ answers: TaskAnswer[] }>(asking, endpoint, path)),
    })),
  )
  const failures = settled.flatMap(result => (result.status === 'rejected' ? [result.reason as OperatorError] : []))
  const refusal = failures.find(({ exitCode }) => exitCode !== ExitCode.unreachable)
  if (refusal) throw refusal
  const answered = settled.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (answered.length === 0 && failures[0]) throw failures[0]
  return { owners: chooseOwners(answered), failures }
}

/** One instance for each task, in the order of the partitions. */
export function chooseOwners(
  answered: readonly { readonly endpoint: string; readonly answers: readonly TaskAnswer[] }[],
): readonly TaskOwner[] {
  const chosen = new Map<string, TaskOwner>()
  for (const { endpoint, answers } of answered) {
    for (const answer of answers) {
      const known = chosen.get(answer.task)
      if (!known || isBetter(answer, known.answer)) chosen.set(answer.task, { endpoint, answer })
    }
  }
  return [...chosen.values()].toSorted((a, b) => a.answer.partition - b.answer.partition)
}

const rank = { running: 0, restoring: 1, standby: 1 } as const

function isBetter(answer: TaskAnswer, known: TaskAnswer): boolean {
  const difference = rank[answer.state] - rank[known.state]
  return difference < 0 || (difference === 0 && answer.restored > known.restored)
}

/** All wanted entries of a task, page by page: the next one is on its way while one is used. */
export async function* entriesOf(
  asking: Asking,
  store: string,
  wanted: Wanted,
  owner: TaskOwner,
): AsyncGenerator<readonly StoreEntry[]> {
  let page: TaskAnswer | undefined = owner.answer
  while (page && !asking.signal.aborted) {
    const next: Promise<TaskAnswer> | undefined =
      page.next === undefined ? undefined : nextPage(asking, store, { wanted, owner, after: page.next })
    // Whoever wants no more leaves it unread.
    next?.catch(() => {})
    yield page.entries
    page = await next
  }
}

async function nextPage(
  asking: Asking,
  store: string,
  { wanted, owner, after }: { readonly wanted: Wanted; readonly owner: TaskOwner; readonly after: string },
): Promise<TaskAnswer> {
  const { endpoint, answer } = owner
  const path = storePath(store, wanted, { limit: pageEntries, after, task: answer.task })
  const { answers } = await ask<{ answers: TaskAnswer[] }>(asking, endpoint, path)
  const found = answers.find(other => other.task === answer.task)
  if (found) return found
  throw new OperatorError(`task ${answer.task} has moved away from ${endpoint} while it was read`, {
    hint: 'ask again',
    exitCode: ExitCode.unreachable,
  })
}

/** What the first instance that answers says of the application. */
export async function describeApplication(asking: Asking): Promise<ApplicationDescription> {
  let failure: unknown
  for (const endpoint of asking.endpoints) {
    try {
      return await ask<ApplicationDescription>(asking, endpoint, '/application')
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

/** Partitions of a store that no instance has now. */
export function missingPartitions(
  { partitions }: Pick<StoreSummary, 'partitions'>,
  owners: readonly TaskOwner[],
): number[] {
  const present = new Set(owners.map(({ answer }) => answer.partition))
  return Array.from({ length: partitions ?? 0 }, (_, partition) => partition).filter(other => !present.has(other))
}

function ask<T>({ env, signal }: Asking, endpoint: string, path: string): Promise<T> {
  return askInstance<T>(endpoint, path, { env, signal })
}

function storePath(
  store: string,
  { window, ...texts }: Wanted,
  paging: { readonly limit: number; readonly after?: string; readonly task?: string },
): string {
  const parameters = new URLSearchParams({ ...texts, ...paging, limit: String(paging.limit) })
  if (window) parameters.set('window', `${window.start}..${window.end}`)
  return `/stores/${encodeURIComponent(store)}?${parameters}`
}
