// What the README shows of stream processing, typed as it stands there.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/processes.ts'
import { faultsOf, type RunningNode, shell, startNode } from '../support/program.ts'

let node: RunningNode
beforeAll(async () => {
  node = await startNode({ data: 'ephemeral' })
})
afterAll(async () => {
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

test('what the README shows of stream processing runs as it stands there', async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
  const commands = /<!-- streams -->\s*```sh\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(commands.split('\n').length).toBeGreaterThan(20)
  const directory = temporaryDirectory()
  const environment = { STREAMCTL_BROKERS: node.address }
  const { exitCode, stdout, stderr } = await shell(`set -m\n${commands}`, { directory, environment })
  const output = stdout.toString()
  expect(exitCode, `${stderr}\n${readFileSync(path.join(directory, 'run.txt'), 'utf8')}`).toBe(0)
  expect(output).toContain('ann 450\nann 500\nbob 90\n')
  expect(output).toMatch(/^ann\t500\t\d+$/m)
  expect(output).toContain('\n2\t500\n')
  expect(output).toContain('page-counts/page-counts.test.ts\n')
  expect(output).toContain('3 passed\n')
  expect(stderr.toString()).toContain('3 records in orders.ndjson\n')
  expect(readFileSync(path.join(directory, 'orders.ndjson'), 'utf8').split('\n')).toHaveLength(4)
})
