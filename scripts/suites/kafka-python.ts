import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readJunitReport } from './junit-report.ts'
import { outputOf } from './spawned.ts'
import type { Suite } from './suite.ts'

const suiteLimitMs = 1_800_000
const modules = ['admin', 'consumer', 'producer'].map(name => `test/integration/test_${name}_integration.py`)

export const kafkaPython: Suite = {
  name: 'kafka-python',
  needs:
    'kafka-python with pytest in .venv and an empty servers/4.2.0/kafka-bin; a node with --set num.partitions=4 --set node.id=0 --set group.min.session.timeout.ms=1000',
  async run({ directory, node, tests, isPart }) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'kafka-python-'))
    const report = path.join(scratch, 'report.xml')
    try {
      const wanted = isPart ? ['-k', tests.join(' or ')] : []
      const limits = ['--timeout', '60', '--timeout-method=signal']
      await outputOf('.venv/bin/python', ['-m', 'pytest', ...modules, ...limits, `--junitxml=${report}`, ...wanted], {
        directory,
        env: { KAFKA_VERSION: '4.2.0', KAFKA_URI: `kafka://${node}` },
        limitMs: suiteLimitMs,
      })
      return readJunitReport(readFileSync(report, 'utf8'))
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}
