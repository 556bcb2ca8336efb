// A node's storage without the node: commits what the plan says until it is killed, and notes each commit that it was told
// to be durable, in a file beside the database that the shim takes for one of its own.
// Arguments: the data directory, the seed of the plan.
import { openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { systemEnv } from '../../../src/base/system-env.ts'
import { openStorage } from '../../../src/storage/storage.ts'
import { Dice } from '../../simulate/dice.ts'
import { counterGroup, foundPrefix, Plan, partitionCount, plannedAppend } from './plan.ts'

const [directory = '', seed = ''] = process.argv.slice(2)
const env = systemEnv()
const storage = await openStorage({
  directory,
  durability: 'fsync',
  threads: true,
  env,
  onFailure: error => {
    process.stderr.write(`${error.message}\n`)
    process.exit(74)
  },
})
const notes = openSync(path.join(directory, 'notes'), 'a')
if (storage.state.topics.length === 0) {
  const partitions = Array.from({ length: partitionCount }, (_, index) => ({
    ...{ partitionId: index + 1, index, leaderEpoch: 0 },
  }))
  const topic = { topicId: 'topic', name: 'topic', createdMs: 1, internal: false, overrides: {} }
  storage.writes.apply({ kind: 'createTopic', ...topic, partitions })
}
const plan = new Plan(seed)
const dice = new Dice(`${seed} ${Date.now()}`)
const found = Number(storage.state.groups[0]?.body ?? 0)
// What a node finds it shows to readers, and confirms to producers who ask again: that is as good as an acknowledgement.
if (found > 0) writeSync(notes, `${foundPrefix}${found}\n`)
let next = found + 1
let inFlight = 0
let inFlightMax = dice.pick([1, 30])

function writeMore(): void {
  // Phases of one at a time, and of many.
  if (dice.percent(2)) inFlightMax = dice.pick([1, 1, 4, 30])
  while (inFlight < inFlightMax) write(next++)
}

function write(number: number): void {
  inFlight++
  const { batches, advance } = plan.commit(number)
  storage.writes.together(() => {
    for (const batch of batches) storage.writes.append(plannedAppend(batch), () => {})
    if (advance) storage.writes.apply({ kind: 'advanceLogStart', ...advance })
    const group = { groupId: counterGroup, type: 'classic', body: String(number) } as const
    storage.writes.apply({ kind: 'saveGroup', group }, () => {
      writeSync(notes, `${number}\n`)
      inFlight--
      // Not at once: the idle thread trims, and makes room in the WAL; and of many not all in the same group, so that one is
      // synced while the next is committed.
      if (dice.percent(inFlightMax === 30 ? 50 : 5)) env.clock.after(dice.between(0, 5), writeMore)
      else writeMore()
    })
  })
}

writeMore()
