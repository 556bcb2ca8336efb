import type { Env } from '../base/env.ts'
import { type ClientTraits, clientMetricsOf } from '../config/client-metrics.ts'
import type { NamedOverrides } from '../config/named-overrides.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { crc32c } from '../protocol/records/crc32c.ts'
import type { Call, ConnectionContext } from './handle.ts'

/** What one client is asked for. */
export interface Subscription {
  /** The same as long as the client is asked for the same. */
  readonly id: number
  readonly pushIntervalMs: number
  /** Prefixes of names, `*` for all; none where nobody wants to know. */
  readonly metrics: readonly string[]
}

interface ClientInstance {
  subscription: Subscription
  /** Of the settings that the subscription follows from. */
  version: number
  askedAtMs: number
  pushedAtMs: number
  isTerminating: boolean
  /** Its last push was refused with a code that sends it back to ask anew. */
  isSentBack: boolean
}

interface Software {
  readonly name: string
  readonly version: string
}

/** Kafka's limits: clients that are remembered, and how often they send where no subscription says otherwise. */
const instancesMax = 16_384
const pushIntervalMsDefault = 300_000
const longAgo = Number.NEGATIVE_INFINITY

/** Who is asked for metrics, and who may ask or send when (KIP-714). What clients send is dropped. */
export class ClientMetrics {
  readonly #env: Env
  readonly #subscriptions: NamedOverrides
  /** By client instance id, the one that was heard of last at the end. */
  readonly #instances = new Map<string, ClientInstance>()
  readonly #software = new WeakMap<ConnectionContext, Software>()

  constructor(env: Env, subscriptions: NamedOverrides) {
    this.#env = env
    this.#subscriptions = subscriptions
  }

  /** Remembers what the client of a connection is: subscriptions may ask for it. */
  introduce(connection: ConnectionContext, software: Software): void {
    this.#software.set(connection, software)
  }

  /** The subscription of a client that asks for it. Throws THROTTLING_QUOTA_EXCEEDED where it comes back early. */
  ask(instanceId: string, call: Call): Subscription {
    const instance = this.#instance(instanceId, call)
    const nowMs = this.#env.clock.monotonic()
    const sinceMs = nowMs - Math.max(instance.askedAtMs, instance.pushedAtMs)
    if (sinceMs >= instance.subscription.pushIntervalMs) instance.askedAtMs = nowMs
    else if (!instance.isSentBack) throw new KafkaError(ErrorCode.throttlingQuotaExceeded, 'asked again too early')
    instance.isSentBack = false
    return instance.subscription
  }

  /** Throws unless the client may send metrics now, in Kafka's order; what else is wrong with them `check` throws. */
  push(
    instanceId: string,
    { subscriptionId, terminating }: { readonly subscriptionId: number; readonly terminating: boolean },
    call: Call,
    check: () => void,
  ): void {
    const instance = this.#instance(instanceId, call)
    if (instance.isTerminating) throw new KafkaError(ErrorCode.invalidRequest, 'the client has sent its last metrics')
    const nowMs = this.#env.clock.monotonic()
    const isFirst = instance.askedAtMs > instance.pushedAtMs
    const isDue = isFirst || nowMs - instance.pushedAtMs >= instance.subscription.pushIntervalMs
    if (isDue) instance.pushedAtMs = nowMs
    else if (!terminating) throw new KafkaError(ErrorCode.throttlingQuotaExceeded, 'metrics come too early')
    instance.isTerminating = terminating
    if (subscriptionId !== instance.subscription.id) {
      instance.isSentBack = true
      throw new KafkaError(ErrorCode.unknownSubscriptionId, 'the subscription has changed: ask for it again')
    }
    try {
      check()
    } catch (error) {
      instance.isSentBack = error instanceof KafkaError && error.code === ErrorCode.unsupportedCompressionType
      throw error
    }
  }

  #instance(instanceId: string, call: Call): ClientInstance {
    const { version } = this.#subscriptions
    const known = this.#instances.get(instanceId)
    this.#instances.delete(instanceId)
    const instance = known?.version === version ? known : this.#newInstance(instanceId, version, call)
    this.#instances.set(instanceId, instance)
    if (this.#instances.size > instancesMax) {
      for (const eldest of this.#instances.keys()) {
        this.#instances.delete(eldest)
        break
      }
    }
    return instance
  }

  /** As in Kafka, a client starts anew when subscriptions change: it may ask at once what it is to send now. */
  #newInstance(instanceId: string, version: number, call: Call): ClientInstance {
    const subscription = this.#subscriptionOf(instanceId, call)
    return {
      subscription,
      version,
      askedAtMs: longAgo,
      pushedAtMs: longAgo,
      isTerminating: false,
      isSentBack: false,
    }
  }

  #subscriptionOf(instanceId: string, call: Call): Subscription {
    const client = this.#traits(instanceId, call)
    const prefixes = new Set<string>()
    let pushIntervalMs = pushIntervalMsDefault
    for (const name of this.#subscriptions.names()) {
      const settings = clientMetricsOf(this.#subscriptions.get(name))
      if (!settings.match.matches(client)) continue
      for (const prefix of settings.metrics) prefixes.add(prefix)
      pushIntervalMs = Math.min(pushIntervalMs, settings['interval.ms'])
    }
    const metrics = prefixes.has('*') ? ['*'] : [...prefixes].sort()
    const id = crc32c(Buffer.from(`${instanceId} ${pushIntervalMs} ${metrics.join()}`, 'utf8')) | 0
    return { id, pushIntervalMs, metrics }
  }

  #traits(instanceId: string, { clientId, connection }: Call): ClientTraits {
    const software = this.#software.get(connection)
    return {
      client_instance_id: instanceId,
      client_id: clientId ?? '',
      client_software_name: software?.name ?? 'unknown',
      client_software_version: software?.version ?? 'unknown',
      client_source_address: connection.clientHost.replace(/^\//, ''),
      // 'address:port-address:port-number'
      client_source_port: /:(\d+)-\d+$/.exec(connection.id)?.[1] ?? '',
    }
  }
}
