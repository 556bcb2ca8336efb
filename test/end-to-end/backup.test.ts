// A node is backed up while it works, killed in the middle of it, and restored: by the commands, as an operator would.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { produceRaw, recordBatch } from '../support/kafka-batch.ts'
import { connect } from '../support/kafka-bytes.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import { temporaryDirectory } from '../support/processes.ts'
import { type RunningNode, shell, startNode, startStreamctl, streamctl } from '../support/program.ts'
import { until } from '../support/until.ts'

const mounted: string[] = []
afterEach(() => {
  for (const directory of mounted.splice(0)) spawnSync('umount', ['-l', directory])
})

/** A small file system of its own in memory; undefined where there cannot be one. */
function smallDisk(size: string): string | undefined {
  const directory = temporaryDirectory()
  if (process.getuid?.() !== 0) return undefined
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory], { stdio: 'ignore' })
  if (status !== 0) return undefined
  mounted.push(directory)
  return directory
}

const lines = (count: number, word: string): string =>
  Array.from({ length: count }, (_, at) => `${at} ${word.padEnd(900, '.')}\n`).join('')

async function filledNode(): Promise<RunningNode> {
  const node = await startNode()
  await createTopic(node.address, 'events', { partitions: 3, settings: { 'retention.ms': '-1' } })
  await streamctl(['produce', 'events', '-b', node.address], { input: lines(4000, 'first') })
  await streamctl(['consume', 'events', '-g', 'readers', '-n', '100', '-b', node.address])
  return node
}

/** All that a client sees of a node: records with their places and times, groups, settings. */
async function seen(address: string): Promise<string> {
  const asked = [
    ['consume', 'events', '-e', '-f', '%p %o %T %k %v\\n'],
    ['group', 'describe', 'readers'],
    ['topic', 'describe', 'events'],
  ]
  const answers = await Promise.all(asked.map(args => streamctl([...args, '-b', address])))
  const [records = '', ...others] = answers.map(({ stdout }) => stdout.toString())
  // Partitions come in the order in which they are answered; for how long a group lags behind changes.
  return [records.split('\n').sort().join('\n'), ...others.map(withoutLagTime)].join('\n')
}

function withoutLagTime(text: string): string {
  return text.replace(/^lag time.*$/m, '').replace(/^(events(?:\t\d+){4})\t\d+/gm, '$1')
}

/** Produces until told to stop; every value once. */
async function load(node: RunningNode) {
  const connection = await connect(node.address)
  const acknowledged: string[] = []
  let stopped = false
  const done = (async () => {
    for (let at = 0; !stopped; at++) {
      const value = `load ${at} `.padEnd(2000, 'x')
      const answer = await produceRaw(connection, 'events', recordBatch([value]), { partition: at % 3 }).catch(
        () => undefined,
      )
      if (!answer) return
      acknowledged.push(value)
    }
  })()
  const stop = async (): Promise<void> => {
    stopped = true
    await done
    connection.destroy()
  }
  return { acknowledged, stop }
}

const sound = async (data: string): Promise<void> =>
  expect(await streamctl(['check', 'data', '--data', data])).toMatchObject({ exitCode: 0 })

test('what is restored is the node that was backed up, and its idempotent producer goes on', async () => {
  const node = await filledNode()
  const connection = await connect(node.address)
  const batch = (baseSequence: number) =>
    recordBatch([`v${baseSequence}`], { producerId: 9, producerEpoch: 0, baseSequence })
  for (let sequence = 0; sequence < 3; sequence++) await produceRaw(connection, 'events', batch(sequence))
  const newest = await produceRaw(connection, 'events', batch(3))
  const expected = await seen(node.address)
  const file = path.join(temporaryDirectory(), 'node.backup')
  const backedUp = await streamctl(['backup', file, '--data', node.data])
  expect(backedUp).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^backed up 1 topic, 3 partitions, .* as of \S+Z\n$/),
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const checked = await streamctl(['check', 'backup', file])
  expect(checked.stdout.toString()).toMatch(/^ok {8}.* is whole: 1 topic, 3 partitions, .*as of \S+Z\n$/)
  expect((await node.stop()).exitCode).toBe(0)

  const data = path.join(temporaryDirectory(), 'restored')
  const restored = await streamctl(['restore', file, '--data', data, '--json'])
  expect(JSON.parse(restored.stdout.toString())).toMatchObject({ topics: 1, partitions: 3 })
  await sound(data)
  const copy = await startNode({ data })
  expect(await seen(copy.address)).toBe(expected)
  const again = await connect(copy.address)
  expect(await produceRaw(again, 'events', batch(3))).toEqual(newest)
  expect(await produceRaw(again, 'events', batch(9))).toMatchObject({ errorCode: 45 })
  expect(await produceRaw(again, 'events', batch(4))).toEqual({ errorCode: 0, baseOffset: newest.baseOffset + 1 })
  await copy.stop()
})

test('under load, and piped, a backup holds all that was acknowledged before it began', async () => {
  const node = await filledNode()
  const { acknowledged, stop } = await load(node)
  await until(() => acknowledged.length > 50)
  const before = [...acknowledged]
  const data = path.join(temporaryDirectory(), 'restored')
  await shell(`streamctl backup - --data '${node.data}' | gzip -1 | gzip -dc | streamctl restore - --data '${data}'`)
  await stop()
  await node.stop()
  await sound(data)
  const copy = await startNode({ data })
  const { stdout } = await streamctl(['consume', 'events', '-e', '-b', copy.address])
  const found = stdout
    .toString()
    .split('\n')
    .filter(line => line.startsWith('load'))
  expect(found).toEqual(expect.arrayContaining(before))
  expect(new Set(found).size).toBe(found.length)
  await copy.stop()
})

test('a node that is killed while it is backed up takes nothing from the backup', async () => {
  const node = await filledNode()
  const { stop } = await load(node)
  const file = path.join(temporaryDirectory(), 'node.backup')
  const backup = startStreamctl(['backup', file, '--data', node.data])
  await until(() => backup.stderr() !== '' || readdirSync(path.dirname(file)).length > 0)
  await node.crash()
  await stop()
  expect(await backup.finished).toMatchObject({ exitCode: 0 })
  const data = path.join(temporaryDirectory(), 'restored')
  expect(await streamctl(['restore', file, '--data', data])).toMatchObject({ exitCode: 0 })
  await sound(data)
  // The directory of the killed node, with its WAL, is sound as well.
  await sound(node.data)
  const again = await node.restart()
  expect((await again.stop()).exitCode).toBe(0)
})

test('a backup that is killed leaves the earlier one as it was, and the next one tidies up', async () => {
  const node = await filledNode()
  const directory = temporaryDirectory()
  const file = path.join(directory, 'node.backup')
  await streamctl(['backup', file, '--data', node.data])
  const earlier = readFileSync(file)
  const killed = startStreamctl(['backup', file, '--data', node.data])
  await until(() => readdirSync(directory).length > 1)
  killed.signal('SIGKILL')
  await killed.finished
  expect(readFileSync(file).equals(earlier) || readdirSync(directory).length === 1).toBe(true)
  expect(await streamctl(['backup', file, '--data', node.data])).toMatchObject({ exitCode: 0 })
  expect(readdirSync(directory)).toEqual(['node.backup'])
  await node.stop()
})

test('a full disk ends a backup with 74 and leaves nothing of it', async context => {
  const disk = smallDisk('2m')
  if (disk === undefined) return context.skip('mounting a small file system is not permitted here')
  const node = await filledNode()
  const refused = await streamctl(['backup', path.join(disk, 'node.backup'), '--data', node.data])
  expect(refused).toMatchObject({
    exitCode: 74,
    stderr: expect.stringMatching(/^streamctl: cannot write .*: no space left.*\n {2}hint: .*\n$/),
  })
  expect(readdirSync(disk)).toEqual([])
  const file = path.join(temporaryDirectory(), 'node.backup')
  await streamctl(['backup', file, '--data', node.data])
  await node.stop()
  const restored = await streamctl(['restore', file, '--data', path.join(disk, 'new')])
  expect(restored).toMatchObject({
    exitCode: 74,
    stderr: expect.stringMatching(/^streamctl: no space left on the disk.*\n {2}hint: .*\n$/),
  })
  expect(readdirSync(disk)).toEqual([])
})

test('what cannot be is refused in one sentence', async () => {
  const node = await filledNode()
  const directory = temporaryDirectory()
  const file = path.join(directory, 'node.backup')
  await streamctl(['backup', file, '--data', node.data])
  const half = path.join(directory, 'half.backup')
  writeFileSync(half, readFileSync(file))
  truncateSync(half, 100_000)
  const data = path.join(directory, 'new')
  const cases: readonly [args: readonly string[], exitCode: number, sentence: RegExp][] = [
    [['check', 'data', '--data', node.data], 3, /a streamctl node \(pid \d+\) is running on/],
    [['backup', file, '--data', directory], 2, /there is no data of a streamctl node in/],
    [['backup', '/dev/null', '--data', node.data], 2, /is no regular file/],
    [['backup', path.join(directory, 'no', 'where'), '--data', node.data], 2, /there is no such directory/],
    [['restore', half, '--data', data], 1, /is not complete: it ends at byte 100000/],
    [['check', 'backup', half], 1, /is not complete: it ends at byte 100000/],
    [['restore', file, '--data', node.data], 2, /holds the data of a node already/],
    [['restore', file, '--data', data, '--at', 'teatime'], 2, /'teatime' is no time/],
  ]
  for (const [args, exitCode, sentence] of cases) {
    const finished = await streamctl(args)
    const told = expect.stringMatching(new RegExp(`^streamctl: [^\n]*${sentence.source}[^\n]*\n( {2}hint: [^\n]+\n)?$`))
    expect({ args, exitCode: finished.exitCode, stderr: finished.stderr }).toEqual({ args, exitCode, stderr: told })
  }
  expect(existsSync(data)).toBe(false)
  await node.stop()
})
