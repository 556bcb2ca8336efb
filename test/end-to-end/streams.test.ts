// Scripts as their users run them: killed, started again, several at a time, with mistakes in them.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningProcess, temporaryDirectory } from '../support/processes.ts'
import { faultsOf, type RunningNode, startNode, startStreamctl, streamctl } from '../support/program.ts'

let node: RunningNode
let directory: string
const running: RunningProcess[] = []
/** What the process that was started last said when it failed. */
let broken: string | undefined

beforeEach(async () => {
  node = await startNode({ data: 'ephemeral', flags: ['--set', 'group.initial.rebalance.delay.ms=0'] })
  directory = temporaryDirectory()
})

afterEach(async () => {
  for (const process of running.splice(0)) {
    process.signal('SIGKILL')
    await process.finished
  }
  expect(faultsOf(node)).toEqual([])
  await node.stop()
})

const countScript = `
import { json, streams, string, topic } from 'streamctl'
const words = topic('words', { key: string, value: json<{ word: string }>() })
const counts = topic('counts', { key: string, value: json<number>() })
export default streams('word-count', builder => {
  builder.stream(words).groupBy(value => value.word).count({ store: 'words' }).toStream().to(counts)
})
`

function script(name: string, text: string): string {
  const file = path.join(directory, name)
  writeFileSync(file, text)
  return file
}

function run(file: string, ...flags: string[]): RunningProcess {
  const state = path.join(directory, 'state')
  const args = ['run', file, '-b', node.address, '--state', state, '--commit-interval', '20ms', ...flags]
  const process = startStreamctl(args, { timeoutMs: 600_000 })
  running.push(process)
  broken = undefined
  process.finished.then(({ exitCode, stderr }) => {
    if (exitCode === 1 || exitCode === 70) broken = stderr
  })
  return process
}

async function ask(args: readonly string[], input = ''): Promise<string> {
  const { stdout, exitCode, stderr } = await streamctl([...args, '-b', node.address], { input })
  expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, exitCode: 0, stderr: '' })
  return stdout.toString()
}

const wordsOf = (count: number): string =>
  Array.from({ length: count }, (_, at) => `k${at}:{"word":"w${at % 5}"}\n`).join('')

/** Every update of every count, as `word number`. */
async function updates(): Promise<string[]> {
  return (await ask(['consume', 'counts', '-e', '-f', '%k %s\n'])).split('\n').filter(Boolean)
}

async function updatesOnce(count: number): Promise<string[]> {
  for (;;) {
    const found = await updates()
    if (found.length >= count) return found
    if (broken !== undefined) throw new Error(broken)
  }
}

/** An instance that has just got a task may not have all of its state yet. */
async function answered(args: readonly string[], answer: object): Promise<void> {
  for (;;) {
    const { stdout, exitCode } = await streamctl([...args, '-b', node.address])
    const found = exitCode === 0 ? JSON.parse(stdout.toString()) : {}
    if (Object.entries(answer).every(([name, value]) => found[name] === value)) return
  }
}

const everyUpdate = (perWord: number): string[] =>
  Array.from({ length: 5 }, (_, word) => Array.from({ length: perWord }, (__, at) => `w${word} ${at + 1}`)).flat()

test('every record counts exactly once, though processes are killed, and others come', {
  timeout: 120_000,
}, async () => {
  await ask(['topic', 'create', 'words', 'counts', '-p', '3'])
  const file = script('count.ts', countScript)
  let perWord = 0
  for (const flags of [[], ['--instances', '2']]) {
    await ask(['produce', 'words', '-K', ':'], wordsOf(200))
    perWord += 40
    const process = run(file, ...flags)
    const target = perWord * 5
    await updatesOnce(target - 150)
    process.signal('SIGKILL')
    await process.finished
  }
  const [first, second] = [run(file), run(file)]
  const found = await updatesOnce(perWord * 5)
  expect(found.toSorted()).toEqual(everyUpdate(perWord).toSorted())
  await answered(['query', 'word-count', 'words', '--key', 'w3', '--json'], { key: 'w3', value: perWord })
  for (const process of [first, second]) process.signal('SIGINT')
  expect((await first.finished).exitCode).toBe(130)
  expect((await second.finished).exitCode).toBe(130)
})

test('a script that throws says where and at which record, and begins there again', { timeout: 120_000 }, async () => {
  await ask(['topic', 'create', 'words', 'counts', '-p', '1'])
  const broken = countScript.replace(
    '.groupBy(',
    ".peek(value => { if (value.word === 'w3') throw new Error('no') }).groupBy(",
  )
  await ask(['produce', 'words', '-K', ':'], wordsOf(8))
  const { exitCode, stderr } = await run(script('count.ts', broken)).finished
  expect(stderr).toContain('count.ts:6:')
  expect(stderr).toContain('Error: no, at the record words-0@3')
  expect(exitCode).toBe(1)
  run(script('count.ts', countScript))
  expect((await updatesOnce(8)).toSorted()).toEqual(['w0 1', 'w0 2', 'w1 1', 'w1 2', 'w2 1', 'w2 2', 'w3 1', 'w4 1'])
})

test('what cannot run is refused with a remedy: missing topics, an open door, state of another kind', {
  timeout: 120_000,
}, async () => {
  const missing = await run(script('count.ts', countScript)).finished
  expect([missing.exitCode, missing.stderr]).toEqual([
    2,
    'streamctl: there is no topic words: the script reads it\n' +
      '  hint: streamctl topic create words makes one; streamctl topic list shows what is there\n',
  ])
  const open = await run(script('count.ts', countScript), '--listen', '0.0.0.0:0').finished
  expect([open.exitCode, open.stderr]).toEqual([2, expect.stringContaining('add --allow-anonymous')])
  await ask(['topic', 'create', 'words', 'counts', '-p', '1'])
  await ask(['produce', 'words', '-K', ':'], wordsOf(5))
  const first = run(script('count.ts', countScript))
  await updatesOnce(5)
  first.signal('SIGINT')
  await first.finished
  const changed = countScript
    .replace('topic }', 'topic, tumbling }')
    .replace('.count(', ".windowedBy(tumbling({ size: '1m', grace: '0s' })).count(")
    .replace('.to(counts)', '.map((count, { key }) => ({ key, value: count })).to(counts)')
  const refused = await run(script('count.ts', changed)).finished
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    expect.stringContaining('the store words holds state of another kind'),
  ])
  const renamed = script('count.ts', countScript.replace("store: 'words'", "store: 'again'"))
  await ask(['produce', 'words', '-K', ':'], wordsOf(5))
  const second = run(renamed)
  expect(await updatesOnce(10)).toHaveLength(10)
  second.signal('SIGINT')
  await second.finished
  const anew = run(renamed, '--reset', '--yes')
  expect(await updatesOnce(20)).toHaveLength(20)
  anew.signal('SIGINT')
  const { stderr } = await anew.finished
  // Also what the store wrote under its former name.
  const internal = ['again-changelog', 'words-changelog', 'words-repartition'].map(name => `word-count-${name}`)
  for (const topic of internal) expect(stderr).toContain(`deleting topic '${topic}'`)
  expect(await ask(['topic', 'list'])).not.toContain('word-count-words-changelog')
})
