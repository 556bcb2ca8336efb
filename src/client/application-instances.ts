import { request } from 'node:http'
import type { Env } from '../base/env.ts'
import { ExitCode, OperatorError } from '../base/errors.ts'
import type { Cluster } from './cluster.ts'
import { classicGroup } from './group-admin.ts'
import { type AssignedPartition, decodeAssignment, subscriptionUserData } from './group-protocol.ts'

/** A process that runs a script, or one thread of it, as its group knows it. */
export interface ApplicationInstance {
  readonly memberId: string
  readonly clientHost: string
  /** Id of the process: all members of one process have the same. */
  readonly process: string
  /** Where its server listens: `host:port`. */
  readonly endpoint: string
  /** What it reads, without standby tasks. */
  readonly partitions: readonly AssignedPartition[]
}

export interface ApplicationGroup {
  /** The group's state: `Stable`, `Empty`, `PreparingRebalance` …; `Dead` if there is none. */
  readonly state: string
  readonly members: number
  readonly instances: readonly ApplicationInstance[]
}

/** What a member says of itself in the user data of its subscription, as JSON in UTF-8. */
interface MemberData {
  readonly streamctl: number
  readonly process: string
  readonly endpoint: string
}

/**
 * The running instances of an application: the members of its consumer group that tell where they can be asked (a process
 * may have several members). Known from
 * the Kafka protocol alone (DescribeGroups brings each member's subscription). While a group rebalances its members tell
 * nothing: waits for it a little.
 */
export async function applicationInstances(cluster: Cluster, group: string): Promise<readonly ApplicationInstance[]> {
  return (await applicationGroup(cluster, group)).instances
}

/** As `applicationInstances`, with the group's state. */
export async function applicationGroup(cluster: Cluster, group: string): Promise<ApplicationGroup> {
  const pauses = cluster.backoff(rebalanceForMs)
  for (;;) {
    const found = await describe(cluster, group)
    if (!isMoving(found.state) || pauses.isOver) return found
    await pauses.pause()
  }
}

/** How long a rebalance is waited for before the members are taken as they are. */
const rebalanceForMs = 10_000

function isMoving(state: string): boolean {
  return state === 'PreparingRebalance' || state === 'CompletingRebalance'
}

async function describe(cluster: Cluster, group: string): Promise<ApplicationGroup> {
  const found = await classicGroup(cluster, group)
  if (!found) return { state: 'Dead', members: 0, instances: [] }
  const instances = found.members.flatMap(member => {
    const data = memberData(subscriptionUserData(member.memberMetadata))
    if (!data) return []
    const { memberId, clientHost, memberAssignment } = member
    return [
      {
        memberId,
        clientHost,
        process: data.process,
        endpoint: data.endpoint,
        partitions: decodeAssignment(memberAssignment),
      },
    ]
  })
  return { state: found.groupState, members: found.members.length, instances }
}

/** What a member says of itself in its subscription, if it runs a script; nothing for other members. */
export function instanceOf(subscription: Buffer): { readonly process: string; readonly endpoint: string } | null {
  let data: MemberData | undefined
  try {
    data = memberData(subscriptionUserData(subscription))
  } catch {
    return null
  }
  return data ? { process: data.process, endpoint: data.endpoint } : null
}

/** Anybody may be a member of a group of that name: nothing of it is taken for granted. */
function memberData(bytes: Buffer | null): MemberData | undefined {
  if (bytes === null) return undefined
  try {
    const data = JSON.parse(bytes.toString('utf8')) as Partial<MemberData> | null
    const { streamctl, process: id, endpoint } = data ?? {}
    if (streamctl !== 1 || typeof id !== 'string' || typeof endpoint !== 'string' || endpoint === '') return undefined
    return { streamctl, process: id, endpoint }
  } catch {
    return undefined
  }
}

export interface AskInstanceOptions {
  readonly env: Env
  readonly signal?: AbortSignal
  /** For the whole answer. */
  readonly timeoutMs?: number
}

const answerTimeoutMs = 15_000
const answerBytesMax = 64 * 1024 * 1024

/**
 * Asks an instance (`GET path`) and reads its answer as JSON. Throws OperatorErrors: its own refusals with its words (exit
 * code 2), and where it cannot be reached (exit code 4).
 */
export async function askInstance<T>(endpoint: string, path: string, options: AskInstanceOptions): Promise<T> {
  const chunks: Buffer[] = []
  let bytes = 0
  await exchange(endpoint, path, options, chunk => {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw unreachable(endpoint, 'its answer is too large')
    chunks.push(chunk)
  })
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T
  } catch (error) {
    throw unreachable(endpoint, `it does not answer as an instance does: ${(error as Error).message}`)
  }
}

/** Asks an instance for a stream of JSON lines, and hands over each; resolves when it ends or `signal` aborts. */
export async function followInstance(
  endpoint: string,
  path: string,
  options: AskInstanceOptions,
  line: (value: unknown) => void,
): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  await exchange(endpoint, path, { ...options, timeoutMs: Number.POSITIVE_INFINITY }, chunk => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) if (text !== '') line(JSON.parse(text))
  })
}

function exchange(
  endpoint: string,
  path: string,
  { env, signal, timeoutMs = answerTimeoutMs }: AskInstanceOptions,
  receive: (chunk: Buffer) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const asked = request(`http://${endpoint}${path}`, { agent: false, ...(signal && { signal }) }, response => {
    const isGood = response.statusCode === 200
    const refusal: Buffer[] = []
    response.on('data', (chunk: Buffer) => {
      try {
        if (isGood) receive(chunk)
        else refusal.push(chunk)
      } catch (error) {
        asked.destroy(error as Error)
      }
    })
    response.on('end', () => (isGood ? resolve() : reject(refused(endpoint, Buffer.concat(refusal)))))
    response.on('error', failed)
  })
  const failed = (error: Error): void => {
    if (signal?.aborted) resolve()
    else reject(error instanceof OperatorError ? error : unreachable(endpoint, error.message))
  }
  const timer = Number.isFinite(timeoutMs)
    ? env.clock.after(timeoutMs, () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    : undefined
  asked.on('error', failed)
  asked.end()
  return promise.finally(() => timer?.cancel())
}

function unreachable(endpoint: string, reason: string): OperatorError {
  // On its own machine nobody listens there any more; elsewhere, loopback is another machine.
  const isGone = reason.includes('ECONNREFUSED')
  const elsewhere = 'instances listen on loopback unless they are started with --listen HOST:PORT: ask on their machine'
  return new OperatorError(`the instance at ${endpoint} cannot be asked: ${reason}`, {
    hint: isGone ? `if it has died, others take over within its session time-out: ask again; ${elsewhere}` : elsewhere,
    exitCode: ExitCode.unreachable,
  })
}

function refused(endpoint: string, answer: Buffer): OperatorError {
  try {
    const { error, hint } = JSON.parse(answer.toString('utf8')) as { error?: string; hint?: string }
    if (typeof error === 'string') return new OperatorError(error, { ...(hint && { hint }) })
  } catch {
    // What answers is no instance.
  }
  return unreachable(endpoint, 'it does not answer as an instance does')
}
