import { connect } from 'node:tls'
import type { Env } from '../base/env.ts'
import { ExitCode } from '../base/errors.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { saslHandshakeApi } from '../protocol/messages/sasl-handshake.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { type Dial, openConnection } from './connection.ts'
import { SecurityError } from './failures.ts'
import { type AddressFamily, plainDial, tlsFailure } from './tls.ts'

export interface ProbeOptions {
  readonly env: Env
  readonly clientId: string
  readonly family?: AddressFamily
}

const probeTimeoutMs = 3_000

/**
 * Why a broker closes connections before it has answered anything: Kafka's says nothing to a client that speaks TLS to a
 * plain port, plain bytes to a TLS port, or does not log in. So the other ways are tried. Nothing if it is none of them.
 */
export async function explainClosed(
  address: BrokerAddress,
  used: ProbeOptions & { readonly dial: Dial; readonly isTls: boolean; readonly hasSasl: boolean },
): Promise<SecurityError | undefined> {
  const where = addressText(address)
  const sasl = used.hasSasl ? 'SASL_' : ''
  if (used.isTls) {
    if (await speaksPlain(address, used)) {
      return new SecurityError(`${where}: the broker does not speak TLS on this port`, {
        hint: `security.protocol=${sasl}PLAINTEXT; or another port`,
        exitCode: ExitCode.usage,
      })
    }
  } else if (await speaksTls(address, used)) {
    return new SecurityError(`${where}: the broker speaks TLS`, {
      hint: `add -X security.protocol=${sasl}SSL`,
      exitCode: ExitCode.usage,
    })
  }
  return used.hasSasl ? undefined : wantsSasl(address, used)
}

/** A `SecurityError` if the broker does nothing for clients that it does not know. */
export async function wantsSasl(
  address: BrokerAddress,
  used: ProbeOptions & { readonly dial: Dial; readonly isTls: boolean },
): Promise<SecurityError | undefined> {
  const mechanisms = await offeredMechanisms(address, used)
  if (mechanisms === undefined) return undefined
  const protocol = used.isTls ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  return new SecurityError(`${addressText(address)}: the broker wants to know who you are`, {
    hint: `it takes ${mechanisms.join(', ') || 'no mechanism'}: -X security.protocol=${protocol} -X sasl.mechanism=${mechanisms[0] ?? '…'} -X sasl.username=… -X sasl.password.command=…`,
  })
}

/** The SASL mechanisms of a port; nothing if it wants none. A port without SASL calls the question itself wrong. */
export async function offeredMechanisms(
  address: BrokerAddress,
  { env, clientId, dial }: ProbeOptions & { readonly dial: Dial },
): Promise<readonly string[] | undefined> {
  try {
    const connection = await openConnection(address, {
      env,
      clientId,
      dial,
      connectTimeoutMs: probeTimeoutMs,
      requestTimeoutMs: probeTimeoutMs,
    })
    try {
      const answer = await connection.ask(saslHandshakeApi, { mechanism: 'none' })
      return answer.errorCode === ErrorCode.unsupportedSaslMechanism ? answer.mechanisms : undefined
    } finally {
      connection.close()
    }
  } catch {
    // No answer is no SASL: what is wrong there was seen before.
    return undefined
  }
}

/** Whether Kafka's protocol is spoken there without TLS. */
async function speaksPlain(address: BrokerAddress, { env, clientId, family }: ProbeOptions): Promise<boolean> {
  const timeouts = { connectTimeoutMs: probeTimeoutMs, requestTimeoutMs: probeTimeoutMs }
  try {
    ;(await openConnection(address, { env, clientId, dial: plainDial(family), ...timeouts })).close()
    return true
  } catch {
    return false
  }
}

/** Whether TLS is spoken there, with whatever certificate. A refusal in TLS's own words counts. */
export function speaksTls(address: BrokerAddress, { env }: Pick<ProbeOptions, 'env'>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  // Nothing is sent that is worth a secret: this connection only asks whether the other side understands.
  const socket = connect({ ...address, rejectUnauthorized: false }, () => resolve(true))
  const timer = env.clock.after(probeTimeoutMs, () => resolve(false))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    resolve(tlsFailure(address, error) !== undefined && /ALERT/.test(error.code ?? ''))
  })
  socket.on('close', () => resolve(false))
  return promise.finally(() => {
    timer.cancel()
    socket.destroy()
  })
}
