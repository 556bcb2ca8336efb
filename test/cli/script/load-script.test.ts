import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import { loadScript } from '../../../src/cli/script/load-script.ts'
import { Application } from '../../../src/streams/topology/application.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-scripts-'))
afterAll(() => rmSync(directory, { recursive: true }))

function write(name: string, text: string): string {
  const file = path.join(directory, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

async function failure(file: string): Promise<{ message: string; hint: string | undefined }> {
  const error = await loadScript(file).catch(thrown => thrown)
  expect(error).toBeInstanceOf(OperatorError)
  return { message: error.message.replaceAll(`${directory}/`, ''), hint: error.hint }
}

test('a script anywhere gets this very program, its own files by any of their names, and packages beside it', async () => {
  write('far/package.json', '{ "type": "commonjs" }')
  write('far/node_modules/padding/package.json', '{ "name": "padding", "type": "module", "main": "index.js" }')
  write('far/node_modules/padding/index.js', "export const name = 'padded'")
  write('far/lib/helper.ts', 'export const twice = (text: string): string => text + text')
  const file = write(
    'far/away.ts',
    `import { name } from 'padding'
    import { json, streams, string, topic, type Topic } from 'streamctl'
    import { TestDriver } from 'streamctl/test'
    import { twice } from './lib/helper'
    import { twice as again } from './lib/helper.js'
    const source: Topic<string, string> = topic('in', { key: string, value: json<string>() })
    await using driver = await TestDriver.create(streams('inner', b => b.stream(source).to(source)))
    export default streams(twice(await Promise.resolve(name)) + again('-'), b => { b.stream(source) })`,
  )
  const application = await loadScript(file)
  expect(application).toBeInstanceOf(Application)
  expect(application.name).toBe('paddedpadded--')
})

test('JavaScript needs no package.json either', async () => {
  const text = "import { bytes, streams, topic } from 'streamctl'\nconst a = topic('a', { key: bytes, value: bytes })"
  const file = write('plain.js', `${text}\nexport default streams('plain', builder => builder.stream(a).to(a))`)
  expect((await loadScript(file)).name).toBe('plain')
})

const wrong: Record<string, { readonly text: string; readonly message: string; readonly hint?: string }> = {
  'typescript.ts': {
    text: 'const a: number = 1\nlet b = ;\nexport default 3',
    message: 'typescript.ts:2:9: syntax error: Expression expected\n  2 | let b = ;\n              ^',
  },
  'javascript.js': {
    text: "import { streams } from 'streamctl'\nlet b = ;\nexport default 3",
    // Node keeps the place of this one to itself.
    message: "javascript.js: syntax error: Unexpected token ';'",
  },
  'enumeration.ts': {
    text: 'enum Level { low }\nexport default 3',
    message: 'enumeration.ts:1:1: TypeScript enum is not supported\n  1 | enum Level { low }\n      ^',
    hint: "types are taken out, nothing is translated: write a constant instead, as const X = { A: 'a' } as const, or a union of texts",
  },
  'throws.ts': {
    text: "type Text = string\nconst fail = (text: Text): never => { throw new TypeError(text) }\n\tfail('no')",
    message:
      'throws.ts:2:45: TypeError: no\n  2 | const fail = (text: Text): never => { throw new TypeError(text) }\n                                                  ^',
  },
  'refused.ts': {
    text: "import { string, topic } from 'streamctl'\ntopic('a b', { key: string, value: string })",
    message:
      'refused.ts:2:1: "a b" cannot be the name of a topic\n  2 | topic(\'a b\', { key: string, value: string })\n      ^',
    hint: 'use 1 to 249 letters, digits, dots, underscores and hyphens',
  },
  'imports.ts': {
    text: "import './inner.ts'",
    message: 'inner.ts:1:7: Error: inner\n  1 | throw new Error("inner")\n            ^',
  },
  'misspelt.ts': {
    text: "import { strams } from 'streamctl'",
    message:
      "misspelt.ts:1:10: The requested module 'streamctl' does not provide an export named 'strams'\n  1 | import { strams } from 'streamctl'\n               ^",
    hint: 'did you mean streams?',
  },
  'package.ts': {
    text: "import 'zodiac'",
    message: "package.ts: there is no package 'zodiac'",
    hint: 'npm install zodiac',
  },
  'file.ts': {
    text: "import './missing.ts'",
    message: 'file.ts: there is no file missing.ts to import',
    hint: 'imports of own files begin with ./ and end in .ts',
  },
  'text.ts': {
    text: "throw 'words'",
    message: 'text.ts: the script throws "words"',
    hint: 'throw an Error: it knows its line',
  },
  'nothing.ts': {
    text: 'export const a = 1',
    message: 'nothing.ts has no default export',
    hint: "end it with: export default streams('name', builder => { … })",
  },
  'other.ts': {
    text: 'export default { name: 1 }',
    message: 'other.ts does not export a topology',
    hint: "end it with: export default streams('name', builder => { … })",
  },
}

test.each(Object.entries(wrong))(
  'what is wrong with %s is told with its place and a remedy',
  async (name, expected) => {
    write('inner.ts', 'throw new Error("inner")')
    const { message, hint } = await failure(write(name, expected.text))
    expect(message).toBe(expected.message)
    if (expected.hint) expect(hint).toContain(expected.hint)
  },
)

test('what cannot be a script is not read', async () => {
  expect((await failure(path.join(directory, 'gone.ts'))).message).toBe('there is no script gone.ts')
  expect((await failure(directory)).message).toContain('is a directory')
  expect((await failure(write('page.tsx', ''))).message).toBe('page.tsx is no script')
})
