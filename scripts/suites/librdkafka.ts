import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Verdict } from './record.ts'
import { outputOf } from './spawned.ts'
import type { Suite } from './suite.ts'

const testLimitMs = 300_000

/**
 * One process for each test, as several tests in one share their failures. Never with -Q, which leaves parts out and says PASSED.
 * The verdict is the log's: the runner may end with an error of its own behind its summary.
 */
export const librdkafka: Suite = {
  name: 'librdkafka',
  needs:
    'tests/test-runner of librdkafka 2.x; a node with --set num.partitions=4; some tests call tools of $KAFKA_PATH/bin',
  async run({ directory, node, tests }) {
    const verdicts = new Map<string, Verdict>()
    const scratch = mkdtempSync(path.join(tmpdir(), 'librdkafka-'))
    const config = path.join(scratch, 'test.conf')
    writeFileSync(config, `metadata.broker.list=${node}\ntest.topic.random=true\n`)
    try {
      for (const name of tests) {
        const verdict = await runOne(name, { directory, node, config })
        verdicts.set(name, verdict)
        process.stdout.write(`${name}: ${verdict}\n`)
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
    return verdicts
  },
}

/** `name`: a number, with `/scenario` where it is not the default one. */
async function runOne(
  name: string,
  { directory, node, config }: { readonly directory: string; readonly node: string; readonly config: string },
): Promise<Verdict> {
  const [number = '', scenario = 'default'] = name.split('/')
  const libraries = [path.join(directory, 'src'), path.join(directory, 'src-cpp')].join(':')
  const { text } = await outputOf('./test-runner', ['-p1', '-L', '-s', scenario, '-V', '4.2.0'], {
    directory: path.join(directory, 'tests'),
    env: { TESTS: number, RDKAFKA_TEST_CONF: config, BROKERS: node, LD_LIBRARY_PATH: libraries },
    limitMs: testLimitMs,
  })
  if (/TEST FAILURE|Test \w+ FAILED/.test(text)) return 'fail'
  if (/=== Test \w+ PASSED ===/.test(text)) return 'pass'
  return /SKIP/.test(text) ? 'skip' : 'fail'
}
