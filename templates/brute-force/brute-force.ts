// SIEM: five failed logins of a user or more, then a successful one from an address that had failed: a finding.
import { json, streams, string, topic } from 'streamctl'

type Login = { user: string; ip: string; host: string; outcome: 'failure' | 'success'; '@timestamp': string }
type Finding = {
  rule: string
  level: 'high'
  user: string
  failures: number
  ips: string[]
  first: string
  last: string
}

export const logins = topic('auth-log', {
  key: string,
  value: json<Login>(),
  timestamp: login => Date.parse(login['@timestamp']),
})
export const findings = topic('siem-findings', { key: string, value: json<Finding>() })

export default streams('brute-force', builder => {
  builder
    .stream(logins)
    .selectKey(login => login.user)
    .match(
      start =>
        start
          .begin('failed', login => login.outcome === 'failure')
          .times({ min: 5 })
          .followedBy(
            'succeeded',
            (login, { failed }) => login.outcome === 'success' && failed.some(({ ip }) => ip === login.ip),
          )
          .within('10m')
          .afterMatch('past-last'),
      ({ failed, succeeded }, user): Finding => ({
        rule: 'T1110 brute force then success',
        level: 'high',
        user,
        failures: failed.length,
        ips: [...new Set(failed.map(({ ip }) => ip))],
        first: failed[0]?.['@timestamp'] ?? '',
        last: succeeded[0]?.['@timestamp'] ?? '',
      }),
    )
    .to(findings)
})
