import type { Env } from '../../base/env.ts'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { addressText, type BrokerAddress } from '../../client/address.ts'
import { Cluster, type ClusterMetadata } from '../../client/cluster.ts'
import { openConnection } from '../../client/connection.ts'
import { versionsOf } from '../../client/diagnosis.ts'
import { ConnectionLostError, type SecurityError } from '../../client/failures.ts'
import { kafkaVersionOf } from '../../client/kafka-version.ts'
import { explainClosed } from '../../client/mismatch.ts'
import { dialOf } from '../../client/security.ts'
import type { ClientSettings } from '../profile/client-settings.ts'
import { advertisedAdvice } from './advertised.ts'
import { examineTls } from './certificate.ts'
import { compareClocks } from './clock.ts'
import type { Finding, Journal } from './journal.ts'
import { knock, resolveName } from './network.ts'

/** Looks at everything between this client and a cluster, step by step, and writes down what it finds. Reads only. */
export async function examine(
  settings: ClientSettings,
  { env, journal, signal }: { readonly env: Env; readonly journal: Journal; readonly signal: AbortSignal },
): Promise<void> {
  const doctor = new Doctor(settings, env, journal)
  const usable: BrokerAddress[] = []
  for (const address of settings.brokers) {
    if (signal.aborted) return
    if (await doctor.examineAddress(address)) usable.push(address)
  }
  if (usable.length === 0 || signal.aborted) return
  await doctor.examineCluster(usable, signal)
}

class Doctor {
  readonly #settings: ClientSettings
  readonly #env: Env
  readonly #journal: Journal

  constructor(settings: ClientSettings, env: Env, journal: Journal) {
    this.#settings = settings
    this.#env = env
    this.#journal = journal
  }

  /** Whether Kafka's protocol is spoken there and lets us in. */
  async examineAddress(address: BrokerAddress): Promise<boolean> {
    const subject = addressText(address)
    if (!(await this.#examineNetwork(address, subject))) return false
    const { tls } = this.#settings.security
    if (tls) {
      const found = await examineTls(this.#env, address, tls, this.#settings.connectTimeoutMs)
      const isClosed = found.exitCode === ExitCode.unreachable
      const explanation = isClosed ? await this.#explanation(address) : undefined
      if (explanation) this.#fail('tls', subject, explanation)
      else this.#journal.add({ step: 'tls', subject, ...found })
      if (found.outcome === 'failed') return false
    }
    return this.#examineProtocol(address, subject)
  }

  async #examineNetwork(address: BrokerAddress, subject: string): Promise<boolean> {
    const name = await resolveName(this.#env, address.host)
    if (name.failure !== undefined) {
      this.#journal.add({
        step: 'name',
        outcome: 'failed',
        subject: address.host,
        detail: name.failure,
        hint: 'is it spelled right? In a container or cluster: is it a name for the inside only? A VPN may be missing',
        durationMs: name.durationMs,
        exitCode: ExitCode.unreachable,
      })
      return false
    }
    if (name.addresses[0] !== address.host) {
      const detail = name.addresses.join(', ')
      this.#journal.add({ step: 'name', outcome: 'ok', subject: address.host, detail, durationMs: name.durationMs })
    }
    const { addressFamily: family, connectTimeoutMs: timeoutMs } = this.#settings
    const port = await knock(this.#env, address, { family, timeoutMs })
    this.#journal.add({
      step: 'port',
      subject,
      durationMs: port.durationMs,
      ...(port.isOpen
        ? { outcome: 'ok', detail: 'open' }
        : { outcome: 'failed', detail: port.failure ?? '', hint: port.hint, exitCode: ExitCode.unreachable }),
    })
    return port.isOpen
  }

  /** The log-in, and what the broker can do. */
  async #examineProtocol(address: BrokerAddress, subject: string): Promise<boolean> {
    const { sasl } = this.#settings.security
    let startMs = this.#env.clock.monotonic()
    let step: Finding['step'] = sasl ? 'sasl' : 'versions'
    try {
      const connection = await this.#connect(address)
      try {
        if (sasl) {
          const detail = `${sasl.mechanism}${'username' in sasl ? ` as '${sasl.username}'` : ''}`
          const durationMs = this.#env.clock.monotonic() - startMs
          this.#journal.add({ step, outcome: 'ok', subject, detail, durationMs })
        }
        step = 'versions'
        startMs = this.#env.clock.monotonic()
        const answer = await versionsOf(connection)
        const durationMs = this.#env.clock.monotonic() - startMs
        this.#journal.add({ step, outcome: 'ok', subject, detail: versionsText(answer), durationMs })
        return true
      } finally {
        connection.close()
      }
    } catch (error) {
      this.#fail(
        error instanceof ConnectionLostError ? 'versions' : step,
        subject,
        await this.#explained(address, error),
      )
      return false
    }
  }

  #connect(address: BrokerAddress) {
    const { security, addressFamily, clientId, connectTimeoutMs, requestTimeoutMs } = this.#settings
    return openConnection(address, {
      env: this.#env,
      clientId,
      dial: dialOf(security, addressFamily),
      sasl: security.sasl,
      connectTimeoutMs,
      requestTimeoutMs,
    })
  }

  async #explained(address: BrokerAddress, error: unknown): Promise<unknown> {
    const isUnclear = error instanceof ConnectionLostError && error.isNew
    return (isUnclear && (await this.#explanation(address))) || error
  }

  #explanation(address: BrokerAddress): Promise<SecurityError | undefined> {
    const { security, addressFamily, clientId } = this.#settings
    return explainClosed(address, {
      env: this.#env,
      clientId,
      family: addressFamily,
      dial: dialOf(security, addressFamily),
      isTls: security.tls !== undefined,
      hasSasl: security.sasl !== undefined,
    })
  }

  #fail(step: Finding['step'], subject: string, error: unknown): void {
    if (!(error instanceof OperatorError)) throw error
    const detail = error.message.startsWith(`${subject}: `) ? error.message.slice(subject.length + 2) : error.message
    this.#journal.add({ step, outcome: 'failed', subject, detail, hint: error.hint, exitCode: error.exitCode })
  }

  async examineCluster(usable: readonly BrokerAddress[], signal: AbortSignal): Promise<void> {
    const cluster = new Cluster({ env: this.#env, signal, ...this.#settings, brokers: usable })
    try {
      const metadata = await cluster.metadata(null)
      this.#noteMetadata(metadata)
      for (const [broker, address] of [...metadata.brokers].toSorted(([a], [b]) => a - b)) {
        if (!signal.aborted) await this.#examineAdvertised(broker, address)
      }
      const subject = `controller ${metadata.controllerId}`
      this.#journal.add({ step: 'clock', subject, ...(await compareClocks(this.#env, cluster)) })
    } catch (error) {
      this.#fail('metadata', usable.map(addressText).join(','), error)
    } finally {
      cluster.close()
    }
  }

  #noteMetadata({ clusterId, brokers, topics }: ClusterMetadata): void {
    const leaderless = topics.filter(({ partitions }) => partitions.some(({ leaderId }) => leaderId < 0))
    const count = `${brokers.size} broker${brokers.size === 1 ? '' : 's'}, ${topics.length} topics that we may see`
    this.#journal.add({
      step: 'metadata',
      outcome: leaderless.length > 0 ? 'warning' : 'ok',
      subject: `cluster ${clusterId ?? 'without a name'}`,
      detail: leaderless.length > 0 ? `${count}; ${leaderless.length} have partitions without a leader` : count,
      ...(leaderless.length > 0 ? { hint: 'are all brokers running? streamctl cluster describe' } : {}),
    })
  }

  /** The address that a broker tells clients to use, from here. */
  async #examineAdvertised(broker: number, address: BrokerAddress): Promise<void> {
    const { brokers: bootstrap } = this.#settings
    const subject = `broker ${broker}`
    const text = addressText(address)
    const startMs = this.#env.clock.monotonic()
    let failure: OperatorError | undefined
    try {
      const connection = await this.#connect(address)
      connection.close()
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      failure = error
    }
    const durationMs = this.#env.clock.monotonic() - startMs
    const advice = advertisedAdvice(address, bootstrap, failure === undefined)
    if (!failure && !advice) {
      this.#journal.add({ step: 'advertised', outcome: 'ok', subject, detail: text, durationMs })
      return
    }
    const reason = failure ? `${advice ? `${advice.what} (` : ''}${failure.message}${advice ? ')' : ''}` : advice!.what
    this.#journal.add({
      step: 'advertised',
      outcome: failure ? 'failed' : 'warning',
      subject,
      detail: reason,
      hint: failure && !(failure instanceof ConnectionLostError) ? failure.hint : advice?.hint,
      durationMs,
      ...(failure ? { exitCode: failure.exitCode } : {}),
    })
  }
}

function versionsText({
  supportedFeatures,
  finalizedFeatures,
  apiKeys,
}: Awaited<ReturnType<typeof versionsOf>>): string {
  const version = kafkaVersionOf(supportedFeatures)
  const features = finalizedFeatures.map(({ name, maxVersionLevel }) => `${name}=${maxVersionLevel}`).toSorted()
  const like = version === null ? 'a broker' : `a broker like Kafka ${version}`
  return `${like}, ${apiKeys.length} APIs${features.length > 0 ? `; ${features.join(', ')}` : ''}`
}
