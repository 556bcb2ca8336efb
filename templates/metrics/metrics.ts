// Monitoring: measurements of hosts rolled up by the minute, and an alert where an average is above the limit of its metric;
// of one host and metric no more than one in a quarter of an hour.
import { json, streams, string, topic, tumbling } from 'streamctl'

type Measurement = { metric: string; host: string; value: number; at: number }
type Sums = { count: number; sum: number; min: number; max: number }
type Rollup = { metric: string; host: string; minute: string; count: number; min: number; max: number; mean: number }
type Limit = { mean: number }
type Alert = Rollup & { limit: number }

export const measurements = topic('metrics', {
  key: string,
  value: json<Measurement>(),
  timestamp: measurement => measurement.at,
})
export const limits = topic('metric-limits', { key: string, value: json<Limit>() })
export const rollups = topic('metric-rollups', { key: string, value: json<Rollup>() })
export const alerts = topic('metric-alerts', { key: string, value: json<Alert>() })

function add({ count, sum, min, max }: Sums, { value }: Measurement): Sums {
  return { count: count + 1, sum: sum + value, min: Math.min(min, value), max: Math.max(max, value) }
}

/** JSON has no infinity. */
const nothing: Sums = { count: 0, sum: 0, min: Number.MAX_VALUE, max: -Number.MAX_VALUE }

export default streams('metrics', builder => {
  const limit = builder.table(limits, { store: 'limits' })
  const rolledUp = builder
    .stream(measurements)
    .groupBy(({ metric, host }) => ({ metric, host }))
    .windowedBy(tumbling({ size: '1m', grace: '15s' }))
    .aggregate(() => nothing, add, { store: 'minutes', retention: '1d', emit: { final: true, idle: '1m' } })
    .toStream()
    .map(({ count, sum, min, max }, { key, window }) => ({
      key: key.metric,
      value: { ...key, minute: new Date(window.start).toISOString(), count, min, max, mean: sum / count },
    }))
  rolledUp.to(rollups)
  rolledUp
    .join(limit, (rollup, { mean }) => ({ ...rollup, limit: mean }))
    .filter(rollup => rollup.mean > rollup.limit)
    .deduplicate({ id: ({ metric, host }) => `${metric} ${host}`, within: '15m' })
    .to(alerts)
})
