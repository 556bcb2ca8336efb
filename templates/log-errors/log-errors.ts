// Logs: the share of errors of each service in the last five minutes, told every minute, and an alert where it is too high.
import { hopping, json, streams, string, topic } from 'streamctl'

type Line = { service: string; level: 'debug' | 'info' | 'warn' | 'error'; message: string; at: number }
type Rate = { service: string; until: string; lines: number; errors: number; percent: number }

export const lines = topic('logs', {
  key: string,
  value: json<Line>(),
  timestamp: line => line.at,
  onInvalid: 'skip',
})
export const rates = topic('log-error-rates', { key: string, value: json<Rate>() })
export const alerts = topic('log-error-alerts', { key: string, value: json<Rate>() })

/** A service that hardly says anything has no rate. */
const linesMin = 5
const percentMax = 10

export default streams('log-errors', builder => {
  const rated = builder
    .stream(lines)
    .groupBy(line => line.service)
    .windowedBy(hopping({ size: '5m', advance: '1m', grace: '10s' }))
    .aggregate(
      () => ({ lines: 0, errors: 0 }),
      (sum, { level }) => ({ lines: sum.lines + 1, errors: sum.errors + (level === 'error' ? 1 : 0) }),
      { store: 'levels', retention: '1d', emit: { final: true, idle: '1m' } },
    )
    .toStream()
    .map(({ lines: all, errors }, { key, window }) => ({
      key,
      value: {
        service: key,
        until: new Date(window.end).toISOString(),
        lines: all,
        errors,
        percent: Math.round((errors / all) * 1000) / 10,
      },
    }))
  rated.to(rates)
  rated.filter(rate => rate.lines >= linesMin && rate.percent > percentMax).to(alerts)
})
