// Real files of this machine through the program, as people pipe them: what comes out is what went in.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kcat, kcatClient, testWith } from '../support/clients.ts'
import { temporaryDirectory } from '../support/processes.ts'
import { faultsOf, type RunningNode, shell, startNode, startStreamctl, streamctl } from '../support/program.ts'
import { largeNdjson, lockFile, realFiles, sha256 } from '../support/real-input.ts'

let node: RunningNode
let ndjson = ''
beforeAll(async () => {
  node = await startNode()
  ndjson = largeNdjson()
})
afterAll(async () => {
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

const brokers = (): NodeJS.ProcessEnv => ({ STREAMCTL_BROKERS: node.address })
const output = (): string => path.join(temporaryDirectory(), 'out')

async function bash(script: string, timeoutMs = 120_000): Promise<void> {
  const { exitCode, stderr } = await shell(script, { environment: brokers(), timeoutMs })
  expect({ exitCode, stderr: stderr.replaceAll(/^\d.*\n/gm, '') }).toMatchObject({ exitCode: 0 })
}

for (const file of realFiles())
  test(`${path.basename(file)} comes out byte for byte`, async () => {
    const topic = `file-${path.basename(file)}`
    const out = output()
    await bash(`cat '${file}' | streamctl produce ${topic}; streamctl consume ${topic} -e > '${out}'`)
    expect(sha256(out)).toBe(sha256(file))
  })

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  test(`32 MiB of NDJSON come out byte for byte with ${codec}`, async () => {
    const out = output()
    await bash(
      `streamctl produce large-${codec} -z ${codec} < '${ndjson}'; streamctl consume large-${codec} -e > '${out}'`,
    )
    expect(sha256(out)).toBe(sha256(ndjson))
  })

test('a file that is named is one record', async () => {
  await bash(`streamctl produce whole '${lockFile}'`)
  const { stdout } = await streamctl(['consume', 'whole', '-e', '-f', '%v'], { environment: brokers() })
  expect(stdout.equals(readFileSync(lockFile))).toBe(true)
})

test('the lines of a named file are records with -l', async () => {
  const out = output()
  await bash(`streamctl produce named -l '${lockFile}'; streamctl consume named -e > '${out}'`)
  expect(sha256(out)).toBe(sha256(lockFile))
})

test('empty lines and a last line without a newline are records', async () => {
  await bash(`printf 'a\\n\\nb' | streamctl produce edges`)
  const { stdout } = await streamctl(['consume', 'edges', '-e'], { environment: brokers() })
  expect(stdout.toString()).toBe('a\n\nb\n')
})

test('lines of any bytes come out as they went in', async () => {
  const lines = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte, 0, 255, byte])).filter(l => !l.includes(10))
  const input = Buffer.concat(lines.flatMap(line => [line, Buffer.from('\n')]))
  await streamctl(['produce', 'binary'], { input, environment: brokers() })
  const { stdout } = await streamctl(['consume', 'binary', '-e'], { environment: brokers() })
  expect(stdout.equals(input)).toBe(true)
})

testWith(kcatClient, 'what streamctl produces, kcat consumes', async () => {
  const out = output()
  await bash(`streamctl produce to-kcat -z zstd < '${ndjson}'`)
  const { exitCode } = await kcat(['-b', node.address, '-C', '-q', '-e', '-o', 'beginning', '-t', 'to-kcat'], {
    outputFile: out,
  })
  expect({ exitCode, hash: sha256(out) }).toEqual({ exitCode: 0, hash: sha256(ndjson) })
})

testWith(kcatClient, 'what kcat produces, streamctl consumes', async () => {
  const out = output()
  const { exitCode } = await kcat(['-b', node.address, '-P', '-t', 'from-kcat', '-z', 'lz4', '-l', ndjson])
  expect(exitCode).toBe(0)
  await bash(`streamctl consume from-kcat -e > '${out}'`)
  expect(sha256(out)).toBe(sha256(ndjson))
})

test('a reader that goes away ends both quietly', async () => {
  const { exitCode, stdout, stderr } = await shell('streamctl consume large-none | head -1', { environment: brokers() })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout.equals(readFileSync(ndjson).subarray(0, stdout.length))).toBe(true)
})

test('a consumer follows what another pipe produces', async () => {
  await streamctl(['topic', 'create', 'followed'], { environment: brokers() })
  const consumer = startStreamctl(['consume', 'followed', '-n', '3'], { environment: brokers() })
  const producer = startStreamctl(['produce', 'followed'], { environment: brokers(), keepInputOpen: true })
  for (const line of ['one', 'two', 'three']) {
    const arrived = consumer.line('stdout', new RegExp(`^${line}$`))
    producer.write(`${line}\n`)
    await arrived
  }
  producer.closeInput()
  expect(await producer.finished).toMatchObject({ exitCode: 0 })
  expect(await consumer.finished).toMatchObject({ exitCode: 0 })
})

test('everything is there byte for byte after kill -9 and a restart', async () => {
  const out = output()
  const own = await startNode()
  const environment = { STREAMCTL_BROKERS: own.address }
  const produced = await streamctl(['produce', 'survivor'], { inputFile: ndjson, environment })
  expect(produced).toMatchObject({ exitCode: 0 })
  await own.crash()
  const again = await own.restart()
  const consumed = await streamctl(['consume', 'survivor', '-e'], { outputFile: out, environment })
  expect({ exitCode: consumed.exitCode, hash: sha256(out) }).toEqual({ exitCode: 0, hash: sha256(ndjson) })
  expect(await again.stop()).toMatchObject({ exitCode: 0 })
})

test('a pipe goes on after kill -9 and a restart of the node, and loses and repeats nothing', async () => {
  const own = await startNode()
  const environment = { STREAMCTL_BROKERS: own.address }
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')
  await streamctl(['topic', 'create', 'interrupted'], { environment })
  const producer = startStreamctl(['produce', 'interrupted'], { environment, keepInputOpen: true })
  const watcher = startStreamctl(['consume', 'interrupted'], { environment })
  const half = watcher.line('stdout', /^line 999$/)
  producer.write(lines(0, 1000))
  await half
  await own.crash()
  // These are read while nobody listens.
  producer.write(lines(1000, 2000))
  const again = await own.restart()
  producer.write(lines(2000, 3000))
  producer.closeInput()
  expect(await producer.finished).toMatchObject({ exitCode: 0 })
  await watcher.line('stdout', /^line 2999$/)
  watcher.signal('SIGTERM')
  const { stdout } = await streamctl(['consume', 'interrupted', '-e'], { environment })
  expect(stdout.toString()).toBe(lines(0, 3000))
  expect(watcher.stdout().toString()).toBe(lines(0, 3000))
  await again.stop()
})
