import { OperatorError } from '../../base/errors.ts'
import { brokerVersions, describeCluster } from '../../client/cluster-admin.ts'
import { type CheckSession, defineCheck } from '../check/check-command.ts'
import { type Finding, judge, metric, thresholdsFor } from '../check/findings.ts'
import { wholeNumber } from '../options.ts'
import { humaneDuration } from '../table/humane.ts'

export const checkBrokerCommand = defineCheck<{ readonly expect?: number }, []>({
  name: 'broker',
  summary: 'does every broker answer, and how fast?',
  description:
    'Asks each broker at the address that it advertises. One that does not answer is critical, and so is a cluster that ' +
    'cannot be reached.',
  thresholdHelp: 'a time for the answer of a broker, as 500ms',
  options: [
    { flags: '--expect <number>', help: 'critical with fewer brokers', parse: wholeNumber('--expect', { min: 1 }) },
  ],
  examples: [
    { command: 'streamctl check broker', does: 'do they answer?' },
    {
      command: 'streamctl check broker --expect 1 -w 100ms -c 1s --format nagios',
      does: 'with thresholds, for Nagios',
    },
  ],
  whenUnreachable: 'critical',
  look: async (session, { expect }) => {
    const { brokers } = await describeCluster(session.cluster)
    const findings = await Promise.all(
      brokers.map(({ broker, host, port }) => askBroker(session, broker, `${host}:${port}`)),
    )
    const counted = brokers.length === 1 ? '1 broker' : `${brokers.length} brokers`
    const count = metric('brokers', {}, brokers.length)
    const isShort = expect !== undefined && brokers.length < expect
    return [
      {
        status: isShort ? 'critical' : 'ok',
        text: isShort ? `${counted}, ${expect} expected` : counted,
        metrics: [count],
      },
      ...findings,
    ]
  },
})

async function askBroker(
  { cluster, env, thresholds }: CheckSession,
  broker: number,
  address: string,
): Promise<Finding> {
  const what = `broker ${broker} at ${address}`
  try {
    // The first question opens the connection; the second is timed.
    await brokerVersions(cluster, broker)
    const startMs = env.clock.monotonic()
    await brokerVersions(cluster, broker)
    const tookMs = Math.round((env.clock.monotonic() - startMs) * 10) / 10
    const limits = thresholdsFor(thresholds, 'time')
    return {
      status: judge(tookMs, limits),
      text: `${what} answers in ${humaneDuration(tookMs)}`,
      metrics: [metric('latency_milliseconds', { broker: String(broker) }, tookMs, limits)],
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { status: 'critical', text: `${what}: ${error.message}`, metrics: [] }
  }
}
