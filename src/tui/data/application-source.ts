import { OperatorError } from '../../base/errors.ts'
import { applicationGroup, askInstance } from '../../client/application-instances.ts'
import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import type { Point } from './history.ts'

/** One running script, as its processes tell (source `application`). */
export interface ApplicationQuestion extends Source {
  readonly kind: 'application'
  readonly group: string
}

/**
 * What a process says of itself (`GET /application` of its server). Another version of the program may have started it, so
 * that anything may be missing.
 */
interface InstanceAnswer {
  readonly state?: string
  readonly processing?: string
  readonly threads?: number
  readonly startedAt?: number
  readonly recordsPerSecond?: number
  readonly commitLatencyMs?: { readonly p50: number; readonly p99: number } | null
  readonly picture?: string
  readonly topology?: string
  readonly stores?: readonly StoreRow[]
  readonly tasks?: readonly Omit<TaskRow, 'endpoint'>[]
}

export interface StoreRow {
  readonly name: string
  readonly kind: string
  readonly changelog: string | null
  readonly partitions: number | null
}

export interface TaskRow {
  readonly task: string
  readonly state: string
  readonly partition: number
  readonly thread: number
  readonly lag: number | null
  /** The share of its state that has been built up, from 0 to 1. */
  readonly restored: number
  readonly recordsPerSecond: number
  /** Which process has it. */
  readonly endpoint: string
}

export interface InstanceRow {
  readonly endpoint: string
  readonly host: string
  readonly state: string
  readonly processing: string
  readonly threads: number
  readonly startedAtMs: number | null
  readonly rate: number | null
  /** Of commits, in milliseconds. */
  readonly commitP99: number | null
  readonly failure: string | null
}

export interface ApplicationPicture {
  readonly state: string
  readonly instances: readonly InstanceRow[]
  readonly tasks: readonly TaskRow[]
  readonly stores: readonly StoreRow[]
  /** The topology, line by line. */
  readonly picture: readonly string[]
  readonly lags: readonly Point[]
}

const periodMs = 2_000
const answerMs = 2_000

/** What all processes of an application say; one that cannot be reached from here is named. */
export const applicationSource = defineSource<ApplicationQuestion, ApplicationPicture>(
  async ({ env, cluster, question, emit, signal, pause }) => {
    const watch = watchOf(env, cluster)
    while (!signal.aborted) {
      const { state, instances, members } = await applicationGroup(cluster, question.group)
      if (instances.length === 0) {
        throw new OperatorError(`no process of '${question.group}' is running`, {
          hint: members > 0 ? 'its group has other members' : 'streamctl run SCRIPT starts one',
        })
      }
      const byEndpoint = new Map(instances.map(instance => [instance.endpoint, instance]))
      const asked = await Promise.all(
        [...byEndpoint.values()].map(async ({ endpoint, clientHost }) => {
          const host = clientHost.replace(/^\//, '')
          if (endpoint === '') return { endpoint, host, answer: null, failure: 'it tells no endpoint' }
          try {
            const answer = await askInstance<InstanceAnswer>(endpoint, '/application', {
              ...{ env, signal, timeoutMs: answerMs },
            })
            return { endpoint, host, answer, failure: null }
          } catch (error) {
            if (!(error instanceof OperatorError)) throw error
            return { endpoint, host, answer: null, failure: error.message }
          }
        }),
      )
      if (signal.aborted) return
      emit(pictureOf(state, asked, watch.lagHistory.of(question.group)))
      await pause(periodMs)
    }
  },
)

/** Puts together what the processes have answered. */
export function pictureOf(
  state: string,
  asked: readonly {
    readonly endpoint: string
    readonly host: string
    readonly answer: InstanceAnswer | null
    readonly failure: string | null
  }[],
  lags: readonly Point[],
): ApplicationPicture {
  const answers = asked.flatMap(({ answer }) => (answer ? [answer] : []))
  const text =
    answers.find(({ picture }) => picture)?.picture ?? answers.find(({ topology }) => topology)?.topology ?? ''
  const stores = new Map(answers.flatMap(answer => (answer.stores ?? []).map(store => [store.name, store] as const)))
  return {
    state,
    instances: asked.map(({ endpoint, host, answer, failure }) => ({
      ...{ endpoint, host, failure },
      state: answer?.state ?? '-',
      processing: answer?.processing ?? '-',
      threads: answer?.threads ?? 0,
      startedAtMs: answer?.startedAt ?? null,
      rate: answer?.recordsPerSecond ?? null,
      commitP99: answer?.commitLatencyMs?.p99 ?? null,
    })),
    tasks: asked.flatMap(({ endpoint, answer }) => (answer?.tasks ?? []).map(task => ({ ...task, endpoint }))),
    stores: [...stores.values()],
    picture: text.replace(/\n+$/, '').split('\n'),
    lags,
  }
}
