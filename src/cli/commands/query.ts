import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { sleep } from '../../client/retry.ts'
import { nearest } from '../../config/nearest.ts'
import type { ApplicationDescription, StoreSummary } from '../../streams/serving/running-application.ts'
import { type AdminSession, defineAdminCommand } from '../admin/admin-command.ts'
import { wholeNumber } from '../options.ts'
import { type Asking, describeApplication, entriesOf, findOwners, type Wanted } from '../query/ask-store.ts'
import { findInstances } from '../query/find-instances.ts'
import { followStore } from '../query/follow-store.ts'
import { checkComplete, remarkOwners, withEntries } from '../query/owners.ts'
import { checkOptions, type QueryOptions, wantedOf } from '../query/query-options.ts'
import { querySql, storesOf } from '../query/query-sql.ts'
import { EntryPrinter, textOf } from '../query/show-entries.ts'

export const queryCommand = defineAdminCommand<QueryOptions, [application: string, store: string | undefined]>({
  name: 'query',
  summary: 'read the stores of a running script',
  description:
    'Asks the instances that run the script now: they are found through its consumer group, and whoever has the key or the ' +
    'window answers, with how far it is behind (on stderr). Without a store, shows what stores there are. Answers also while ' +
    'state is being restored, and says so.\n\n' +
    'Keys are texts, numbers, or JSON, as the store has them. With --sql stores are tables, named as they are (`"views-per-minute"`) ' +
    'or with underscores (`views_per_minute`); columns are `key`, `window_start`, `window_end`, `timestamp`, `partition`, `value`, ' +
    "and the fields of values that are objects; times are ms (`datetime(window_start / 1000, 'unixepoch')`). The rows of all instances are gathered for it: --from, --to and --window " +
    'make that less.\n\n' +
    'JSON fields: `key`, `window` (`start`, `end`), `value`, `timestamp`, `partition`, `state`, `lag`, with --key also ' +
    '`positions` (`topic`, `partition`, `offset`, `end`): how far the answer has come. Times in ms since 1970.',
  arguments: [
    { name: '<application>', help: 'the name that the script gives itself', completes: 'groups' },
    { name: '[store]', help: 'one of its stores' },
  ],
  options: [
    { flags: '-k, --key <key>', help: 'the value of this key' },
    { flags: '--from <key>', help: 'from this key on' },
    { flags: '--to <key>', help: 'up to this key, included' },
    {
      flags: '--window <time..time>',
      help: 'windows and sessions that lie, wholly or partly, between two times, or around one: -10m..now, 2026-11-22T08:00Z',
    },
    { flags: '--sql <select>', help: 'a SELECT (of SQLite) over stores as tables' },
    { flags: '--follow', help: 'then go on with what changes, as it is committed' },
    { flags: '-n, --count <number>', help: 'so many entries at most', parse: wholeNumber('the count', { min: 1 }) },
  ],
  examples: [
    { command: 'streamctl query page-view-counts', does: 'which stores are there, who runs them?' },
    { command: 'streamctl query page-view-counts views-per-minute --key /home', does: 'all windows of one key' },
    {
      command: 'streamctl query page-view-counts views-per-minute --window -10m..now --json',
      does: 'the last ten minutes',
    },
    {
      command: "streamctl query page-view-counts --sql 'select key, sum(value) from views_per_minute group by key'",
      does: 'stores as tables',
    },
    { command: 'streamctl query card-totals totals --key 4711 --follow', does: 'a value, and each change of it' },
  ],
  run: query,
})

async function query(
  session: AdminSession,
  options: QueryOptions,
  application: string,
  store: string | undefined,
): Promise<number | undefined> {
  const { cluster, env, signal } = session
  const wanted = wantedOf(options, env.clock.now())
  checkOptions(options, store)
  const asking: Asking = { env, signal, endpoints: await findInstances(cluster, application) }
  const description = await describeApplication(asking)
  if (options.sql !== undefined) return showSql(session, asking, { description, wanted, sql: options.sql, store })
  if (store === undefined) {
    const stores = await Promise.all(description.stores.map(each => withPartitions(cluster, each)))
    return showStores(session, { ...description, stores })
  }
  const summary = await withPartitions(cluster, knownStore(description, store))
  const work: Work = { session, asking, summary, wanted, options }
  if (options.follow) return follow(work, application)
  const printer = printerOf(work)
  await showEntries(work, printer)
  printer.finish()
  if (printer.count > 0 || options.key === undefined) return undefined
  session.output.note(`${store} has nothing for key ${JSON.stringify(options.key)}`)
  return ExitCode.failure
}

interface Work {
  readonly session: AdminSession
  readonly asking: Asking
  readonly summary: StoreSummary
  readonly wanted: Wanted
  readonly options: QueryOptions
}

function knownStore({ name, stores }: ApplicationDescription, store: string): StoreSummary {
  const found = stores.find(other => other.name === store)
  if (found) return found
  const names = stores.map(other => other.name)
  const meant = nearest(store, names)
  const known = names.length === 0 ? 'it has none' : `its stores: ${names.join(', ')}`
  throw new OperatorError(`${name} has no store '${store}'`, { hint: meant ? `did you mean ${meant}?` : known })
}

/** A store has as many parts as its changelog has partitions: what nobody has must not look as if it were empty. */
async function withPartitions(cluster: Cluster, summary: StoreSummary): Promise<StoreSummary> {
  if (summary.partitions !== null || summary.changelog === null) return summary
  const { topics } = await cluster.metadata([summary.changelog])
  return { ...summary, partitions: topics[0]?.partitions.length || null }
}

function showStores({ report, output }: AdminSession, { stores, tasks, state }: ApplicationDescription): undefined {
  output.note(`${state}, ${tasks.length === 1 ? 'one task' : `${tasks.length} tasks`} on the instance that answers`)
  report.rows(stores, [
    { title: 'STORE', value: ({ name }) => name },
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'PARTITIONS', value: ({ partitions }) => partitions, as: 'number' },
    { title: 'CHANGELOG', value: ({ changelog }) => changelog },
  ])
  return undefined
}

function isWindowed({ kind }: StoreSummary): boolean {
  return kind === 'window' || kind === 'session'
}

function printerOf({ session, summary, options }: Work): EntryPrinter {
  return new EntryPrinter(session, {
    ...options,
    isWindowed: isWindowed(summary),
    ...(options.count !== undefined && { limit: options.count }),
  })
}

async function showEntries(work: Work, printer: EntryPrinter): Promise<void> {
  const { session, asking, summary, wanted, options } = work
  const found = await findOwners(asking, summary.name, wanted, options.count)
  // What is not all is not shown as if it were; one key may be found all the same.
  if (wanted.key === undefined) checkComplete(summary, found)
  let isCut = false
  for (const owner of found.owners) {
    const { partition, state, lag, positions } = owner.answer
    const at = wanted.key === undefined ? {} : { positions }
    for await (const entries of entriesOf(asking, summary.name, wanted, owner)) {
      await printer.add(entries.map(entry => ({ ...entry, partition, state, lag, ...at })))
      isCut = printer.isFull && options.count === undefined
      if (printer.isFull || session.output.isClosed) break
    }
    if (printer.isFull) break
  }
  if (isCut) session.output.note(`only the first ${printer.count} are shown: -n asks for more`)
  const relevant = wanted.key !== undefined && printer.count > 0 ? withEntries(found) : found
  remarkOwners(session, summary, relevant)
  if (printer.count === 0) checkComplete(summary, found)
}

async function showSql(
  session: AdminSession,
  asking: Asking,
  given: { description: ApplicationDescription; wanted: Wanted; sql: string; store: string | undefined },
): Promise<undefined> {
  const { report, output } = session
  const { description, wanted, sql, store } = given
  if (store !== undefined) knownStore(description, store)
  const queried = []
  for (const known of storesOf(store === undefined ? sql : `${sql} ${store}`, description.stores)) {
    const summary = await withPartitions(session.cluster, known)
    const { window, ...keys } = wanted
    const narrowed = isWindowed(summary) ? wanted : keys
    const found = await findOwners(asking, summary.name, narrowed)
    checkComplete(summary, found)
    remarkOwners(session, summary, found)
    queried.push({ name: summary.name, owners: found.owners, wanted: narrowed })
  }
  const rows: Readonly<Record<string, unknown>>[] = []
  for await (const row of querySql(asking, sql, queried)) {
    if (!report.isData && output.isTerminal) rows.push(row)
    else report.rows([row], columnsOf(row))
    await output.ready()
  }
  if (rows[0]) report.rows(rows, columnsOf(rows[0]))
  return undefined
}

function columnsOf(row: Readonly<Record<string, unknown>>) {
  return Object.keys(row).map(title => ({
    title,
    value: (other: Readonly<Record<string, unknown>>) => cellOf(other[title]),
  }))
}

function cellOf(value: unknown): string | number | null {
  return typeof value === 'number' ? value : textOf(value)
}

const againMs = 1_000

/** First what there is, if it was asked for, then each change; over restarts of the instance that tells. */
async function follow(work: Work, application: string): Promise<undefined> {
  const { session, summary, wanted, options } = work
  const { cluster, output, env, signal } = session
  const asks = wanted.key !== undefined || wanted.from !== undefined || wanted.to !== undefined || wanted.window
  const changed = new EntryPrinter(session, { ...options, isWindowed: isWindowed(summary), isFollowing: true })
  let isFirst = true
  let { asking } = work
  while (!signal.aborted && !output.isClosed) {
    const show = async (): Promise<void> => {
      const printer = printerOf(work)
      if (isFirst && asks) await showEntries({ ...work, asking }, printer)
      printer.finish()
      if (!isFirst) output.note('another instance tells now: changes in between may have been missed')
      isFirst = false
    }
    const change = async (changes: Parameters<EntryPrinter['add']>[0]): Promise<void> => {
      await changed.add(changes)
    }
    await followStore(asking, { store: summary.name, wanted, begun: show, change })
    if (signal.aborted) break
    await sleep(env, againMs, signal)
    if (!signal.aborted) asking = { ...asking, endpoints: await findInstances(cluster, application) }
  }
  return undefined
}
