import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readJunitReport } from './junit-report.ts'
import { outputOf } from './spawned.ts'
import type { Suite } from './suite.ts'

const suiteLimitMs = 3_600_000
/** Files that want SASL, a schema registry, groups of KIP-848 or share groups, or measure memory for minutes. */
const leftOut = /sasl|gssapi|registries|memory|security|share|consumer-group-protocol/

export const platformaticKafka: Suite = {
  name: 'platformatic-kafka',
  needs:
    'the sources of @platformatic/kafka with its dependencies, test/helpers.ts with localhost:9092 for every broker; a new node on that port: tests of quotas that fail leave 1000 bytes a second behind for all, which makes others time out',
  async run({ directory, tests, isPart }) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'platformatic-'))
    const report = path.join(scratch, 'report.xml')
    const files = globSync('test/**/*.test.ts', { cwd: directory }).filter(file => !leftOut.test(file))
    const wanted = isPart ? tests.map(name => `--test-name-pattern=${name}`) : []
    const reporter = ['--test-reporter=junit', `--test-reporter-destination=${report}`]
    try {
      const limits = ['--test-concurrency=2', '--test-timeout=60000']
      await outputOf(process.execPath, ['--test', ...limits, ...reporter, ...wanted, ...files], {
        directory,
        limitMs: suiteLimitMs,
      })
      return readJunitReport(readFileSync(report, 'utf8'))
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}
