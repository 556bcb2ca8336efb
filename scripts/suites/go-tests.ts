import type { Verdict } from './record.ts'
import { outputOf } from './spawned.ts'
import type { Suite, SuiteRun } from './suite.ts'

const suiteLimitMs = 3_600_000

export const franzGo: Suite = {
  name: 'franz-go',
  needs: 'kgo.test (go test -c) in the folder pkg/kgo of franz-go; a node with --set num.partitions=2',
  run: options =>
    runCompiled(options, './kgo.test', {
      KGO_LOG_LEVEL: 'none',
      KGO_SEEDS: options.node,
      KGO_TEST_RF: '1',
      KGO_TEST_RECORDS: '50000',
    }),
}

export const kafkaGo: Suite = {
  name: 'kafka-go',
  needs:
    'kafka-go.test (go test -c) in the folder of kafka-go; a node with --listen 127.0.0.1:9092 --advertise localhost:9092, which its tests expect',
  run: options => runCompiled(options, './kafka-go.test', { KAFKA_VERSION: '2.8.1' }, crashing),
}

/** Parts that end the whole run with a nil function of the test's own. */
const crashing =
  'TestReaderConsumerGroup/(verify_offset_committed|verify_offset_committed_when_using_interval_committer|consumer_group_commits_on_close)'

async function runCompiled(
  { directory, tests, isPart }: SuiteRun,
  program: string,
  env: Readonly<Record<string, string>>,
  leftOut?: string,
): Promise<ReadonlyMap<string, Verdict>> {
  const wanted = isPart ? ['-test.run', `^(${tests.join('|')})$`] : []
  const unwanted = leftOut === undefined ? [] : ['-test.skip', leftOut]
  const { text } = await outputOf(program, ['-test.v', '-test.parallel', '4', ...wanted, ...unwanted], {
    directory,
    env,
    limitMs: suiteLimitMs,
  })
  return readLog(text)
}

/** Reads what `go test -v` prints. A test that began and has no end (the process was killed) failed. */
export function readLog(text: string): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  for (const [, name = ''] of text.matchAll(/^=== RUN +(\S+)$/gm)) if (!name.includes('/')) verdicts.set(name, 'fail')
  for (const [, word = '', name = ''] of text.matchAll(/^--- (PASS|FAIL|SKIP): (\S+)/gm))
    verdicts.set(name, word === 'PASS' ? 'pass' : word === 'SKIP' ? 'skip' : 'fail')
  return verdicts
}
