import path from 'node:path'
import { expect, test } from 'vitest'
import { readCases } from '../../../scripts/semantics/case.ts'
import { runOnNode } from '../../../scripts/semantics/on-node.ts'
import { faultsOf, startNode } from '../../support/program.ts'

const directory = path.join(import.meta.dirname, '../../streams/cases/several-keys.json')

// All cases on hand: npm run semantics -- DIR --node HOST:PORT
test('counts, windows, sessions, joins and suppression come out the same on a node whose scripts are killed', async () => {
  const node = await startNode({ data: 'ephemeral', flags: ['--set', 'group.initial.rebalance.delay.ms=0'] })
  const results: string[] = []
  let [kills, spread] = [0, 0]
  await runOnNode(readCases(directory), {
    address: node.address,
    directory,
    instances: 2,
    together: 100,
    killAfterMs: 150,
    killsMax: 2,
    isWanted: () => true,
    onResult({ semantics }, result, partitions) {
      results.push(`${semantics.name}: ${result.kind}${'reason' in result ? ` ${result.reason}` : ''}`)
      if (partitions > 1) spread++
    },
    onKills: count => (kills += count),
  })
  expect(faultsOf(node)).toEqual([])
  await node.stop()
  expect(results.filter(text => !text.endsWith(': passed'))).toEqual([])
  expect(results.length).toBeGreaterThan(0)
  expect(spread).toBeGreaterThan(0)
  expect(kills).toBeGreaterThan(0)
})
