import { followInstance } from '../../client/application-instances.ts'
import type { ChangesBegin, StoreChange } from '../../streams/serving/store-changes.ts'
import type { Asking, Wanted } from './ask-store.ts'
import { isWanted } from './wanted-entry.ts'

export interface Following {
  readonly store: string
  readonly wanted: Wanted
  /** Called once nothing can be missed any more: now is the time to read what there is. */
  readonly begun: () => Promise<void>
  readonly change: (changes: readonly StoreChange[]) => Promise<void>
}

/**
 * Follows a store through one instance, whichever answers: it reads the changelog of all. What changes while `begun` runs is
 * told behind it. Resolves when that instance goes away, or the signal aborts.
 */
export async function followStore(asking: Asking, { store, wanted, begun, change }: Following): Promise<void> {
  const { env, signal } = asking
  const path = `/stores/${encodeURIComponent(store)}/changes`
  let telling: Promise<void> = Promise.resolve()
  let failure: unknown
  const abort = new AbortController()
  const then = (action: () => Promise<void>): void => {
    telling = telling.then(action).catch(error => {
      failure ??= error
      abort.abort()
    })
  }
  await followInstance(asking.endpoints[0]!, path, { env, signal: AbortSignal.any([signal, abort.signal]) }, line => {
    const told = line as StoreChange | ChangesBegin
    if ('changelog' in told) then(begun)
    else if (isWanted(told, wanted)) then(() => change([told]))
  })
  await telling
  if (failure) throw failure
}
