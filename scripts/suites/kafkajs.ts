import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Verdict } from './record.ts'
import { outputOf } from './spawned.ts'
import type { Suite } from './suite.ts'

const suiteLimitMs = 3_600_000
const folders = 'src/(admin|broker|cluster|producer|consumer|network)/.*'
const withSecurity =
  'Acls|saslAuth|reauthenticate|broker/__tests__/connect.spec|admin/__tests__/connection|node_modules'

/** A package that jsonwebtoken needs loads only where there is SlowBuffer, which Node 25 took away. */
const slowBuffer = "const buffer = require('node:buffer')\nbuffer.SlowBuffer ??= buffer.Buffer\n"

export const kafkajs: Suite = {
  name: 'kafkajs',
  needs:
    'kafkajs with its dependencies, testHelpers with one broker at $KPORT; a node with --set num.partitions=2 --set node.id=0',
  async run({ directory, node, tests, isPart }) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'kafkajs-'))
    const report = path.join(scratch, 'report.json')
    const preload = path.join(scratch, 'slow-buffer.cjs')
    writeFileSync(preload, slowBuffer)
    const choice = ['--testPathPattern', folders, '--testPathIgnorePatterns', withSecurity]
    const wanted = isPart ? ['-t', tests.join('|')] : []
    try {
      const args = ['--ci', '--maxWorkers=2', '--forceExit', '--json', `--outputFile=${report}`, ...choice, ...wanted]
      await outputOf('node_modules/.bin/jest', args, {
        directory,
        env: {
          KPORT: node.slice(node.lastIndexOf(':') + 1),
          KAFKA_VERSION: '2.4',
          NODE_ENV: 'test',
          NODE_OPTIONS: `--require=${preload}`,
        },
        limitMs: suiteLimitMs,
      })
      return readReport(readFileSync(report, 'utf8'))
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** Reads a report of jest. Tests of several files may share a name. */
export function readReport(json: string): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  for (const { name, assertionResults } of (JSON.parse(json) as JestReport).testResults) {
    const file = name
      .slice(name.lastIndexOf('/src/') + 5)
      .replace('__tests__/', '')
      .replace(/\.spec\.js$/, '')
    for (const { fullName, status } of assertionResults)
      verdicts.set(`${file}: ${fullName}`, status === 'passed' ? 'pass' : status === 'failed' ? 'fail' : 'skip')
  }
  return verdicts
}
