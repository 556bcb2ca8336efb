import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { builtinsWithoutImport } from '../../scripts/builtin-modules.ts'

async function outputOf(source: string): Promise<string> {
  const bundled = await build({
    stdin: { contents: source, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minify: true,
    banner: { js: 'const require = process.getBuiltinModule' },
    plugins: [builtinsWithoutImport()],
  })
  return execFileSync(process.execPath, ['--input-type=module'], { input: bundled.outputFiles[0]!.text }).toString()
}

test('what takes Node long to set up is loaded at its first use', async () => {
  const output = await outputOf(`
    import { createHash } from 'node:crypto'
    import { constants, gzipSync } from 'node:zlib'
    const loaded = () => ['crypto', 'zlib'].map(name => process.moduleLoadList.includes('NativeModule ' + name))
    console.log(...loaded())
    createHash('sha256')
    console.log(...loaded())
    gzipSync('', { level: constants.Z_BEST_SPEED })
    console.log(...loaded())`)
  expect(output).toBe('false false\ntrue false\ntrue true\n')
})

test('modules are imported whole, by name, or as their own default', async () => {
  const output = await outputOf(`
    import process, { argv } from 'node:process'
    import path, { join } from 'path'
    import * as operatingSystem from 'node:os'
    import EventEmitter, { once } from 'node:events'
    import { readFile } from 'node:fs/promises'
    const emitter = new EventEmitter()
    setImmediate(() => emitter.emit('said', join === path.join))
    console.log(await once(emitter, 'said'), argv === process.argv, typeof operatingSystem.cpus(), typeof readFile)
    process.once('exit', () => console.log('process is itself'))`)
  expect(output).toBe('[ true ] true object function\nprocess is itself\n')
})

test('CommonJS packages get the modules as they are', async () => {
  expect(await outputOf(`class Emitter extends require('events') {}; console.log(typeof new Emitter().on)`)).toBe(
    'function\n',
  )
})
