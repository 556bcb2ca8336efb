import { expect, test } from 'vitest'
import { type CheckOutput, type CheckResult, renderCheck } from '../../../src/cli/check/check-output.ts'

const result: CheckResult = {
  check: 'lag',
  findings: [
    {
      status: 'warning',
      text: "group 'a|b' is behind",
      metrics: [
        { name: 'lag_records', labels: { group: 'a|b' }, value: 12, warning: '10', critical: '100' },
        { name: 'lag_milliseconds', labels: { group: 'a|b' }, value: 1_500, critical: '1m' },
      ],
    },
    {
      status: 'ok',
      text: "group 'c' is fine",
      metrics: [{ name: 'lag_records', labels: { group: 'c"\\' }, value: 0 }],
    },
  ],
}

const golden: Record<CheckOutput, readonly string[]> = {
  text: ["WARNING   group 'a|b' is behind", "OK        group 'c' is fine"],
  nagios: [
    `LAG WARNING - group 'a/b' is behind | 'lag_records_a-b'=12;10;100 'lag_a-b'=1500ms;;1m 'lag_records_c"\\'=0`,
    "WARNING: group 'a/b' is behind",
    "OK: group 'c' is fine",
  ],
  prometheus: [
    '# HELP streamctl_check_status 0 ok, 1 warning, 2 critical, 3 unknown',
    '# TYPE streamctl_check_status gauge',
    'streamctl_check_status{check="lag"} 1',
    '# TYPE streamctl_check_lag_records gauge',
    'streamctl_check_lag_records{group="a|b"} 12',
    'streamctl_check_lag_records{group="c\\"\\\\"} 0',
    '# TYPE streamctl_check_lag_seconds gauge',
    'streamctl_check_lag_seconds{group="a|b"} 1.5',
  ],
  json: [JSON.stringify({ check: 'lag', status: 'warning', findings: result.findings })],
}

test.each(Object.entries(golden))('as %s', (output, lines) =>
  expect(renderCheck(result, output as CheckOutput)).toEqual(lines),
)

test('one finding needs one line, and many of the worst are not all named in the first', () => {
  const one = { status: 'ok', text: 'fine', metrics: [] } as const
  expect(renderCheck({ check: 'topic', findings: [one] }, 'nagios')).toEqual(['TOPIC OK - fine'])
  expect(renderCheck({ check: 'topic', findings: [one, one, one, one, one] }, 'nagios')[0]).toBe(
    'TOPIC OK - fine; fine; fine; and 2 more',
  )
  expect(renderCheck({ check: 'topic', findings: [] }, 'nagios')).toEqual(['TOPIC UNKNOWN - '])
})
