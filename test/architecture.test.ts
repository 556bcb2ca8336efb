import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { allowedSizes } from './architecture-sizes.ts'

const root = path.resolve(import.meta.dirname, '..')

/** What each folder of src may import, besides itself and base. The design's table, word for word. */
const mayImport: Record<string, readonly string[]> = {
  base: [],
  config: [],
  protocol: [],
  storage: ['protocol/records'],
  security: ['config', 'protocol', 'storage'],
  log: ['config', 'protocol', 'storage'],
  group: ['config', 'protocol', 'storage', 'log'],
  transaction: ['config', 'protocol', 'storage', 'log'],
  api: ['config', 'protocol', 'security', 'log', 'group', 'transaction'],
  server: ['config', 'protocol', 'security', 'api'],
  broker: ['config', 'protocol', 'storage', 'security', 'log', 'group', 'transaction', 'api', 'server'],
  client: ['protocol'],
  streams: ['config', 'protocol', 'client', 'storage/directory-lock', 'storage/key-value'],
  connect: ['config', 'client'],
  tui: ['config', 'client'],
  cli: [
    'config',
    'broker',
    'client',
    'streams',
    'connect',
    'tui',
    'storage/backup',
    'storage/backup-inspection',
    'storage/query-tables',
  ],
}

/** The program, and what the built one begins with. */
const compositionRoots: readonly string[] = ['src/main.ts', 'src/start.ts']

/** The doors to the outside: here time, chance, the environment and the console are owned. */
const ownsTheOutside = (file: string): boolean => file.startsWith('src/base/') || compositionRoots.includes(file)

const bannedCalls: readonly {
  readonly pattern: RegExp
  readonly instead: string
  readonly allowed?: (file: string) => boolean
}[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, instead: 'env.clock' },
  { pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\(/, instead: 'env.clock' },
  { pattern: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\brandomInt\(/, instead: 'env.random' },
  { pattern: /\bprocess\.(env|argv|exit|stdin|stdout|stderr|on)\b/, instead: 'what main.ts hands in' },
  { pattern: /\bconsole\./, instead: 'env.log' },
  { pattern: /from 'better-sqlite3'/, instead: 'src/storage', allowed: file => file.startsWith('src/storage/') },
]

interface Source {
  readonly file: string
  readonly text: string
  readonly lines: readonly string[]
  /** Files of the project that it imports, relative to the root. */
  readonly imports: readonly string[]
}

const sources = [...filesBelow('src')].filter(file => /\.tsx?$/.test(file)).map(readSource)

test('a folder imports only what the design allows', () => {
  const broken = sources.flatMap(({ file, imports }) =>
    imports.filter(imported => !isAllowed(file, imported)).map(imported => `${file} imports ${imported}`),
  )
  expect(broken).toEqual([])
})

test('every folder of src has a row in the import table', () => {
  const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory())
  expect(folders.map(folder => folder.name).filter(name => !(name in mayImport))).toEqual([])
})

test('time, chance, the environment, the console and SQL have one door each', () => {
  const broken = sources.flatMap(({ file, lines }) =>
    lines.flatMap((line, at) =>
      bannedCalls
        .filter(({ pattern, allowed }) => pattern.test(withoutComment(line)) && !(allowed ?? ownsTheOutside)(file))
        .map(({ instead }) => `${file}:${at + 1} ${line.trim()} (use ${instead})`),
    ),
  )
  expect(broken).toEqual([])
})

test('files and functions stay small, or stand in the list with a reason', () => {
  const large = sources.flatMap(source => [
    ...(source.lines.length > 401 ? [`${source.file}: ${source.lines.length - 1} lines`] : []),
    ...longFunctions(source),
  ])
  expect(large.filter(entry => !allowedSizes.some(({ what }) => entry.startsWith(what)))).toEqual([])
})

test('the list of large files and functions only shrinks', () => {
  const names = sources.flatMap(source => [source.file, ...longFunctions(source)])
  expect(allowedSizes.filter(({ what }) => !names.some(name => name.startsWith(what)))).toEqual([])
})

test('no file is unused', () => {
  const entries = [
    ...compositionRoots,
    'src/storage/storage-worker.ts',
    'src/storage/checkpoint-worker.ts',
    'src/storage/reader-worker.ts',
    'src/storage/compaction-worker.ts',
    // What scripts import as streamctl and streamctl/test.
    'src/streams/script.ts',
    'src/streams/testing/test-module.ts',
    'src/storage/integrity-worker.ts',
    'src/cli/test/test-worker.ts',
    'src/cli/run/run-worker.ts',
  ]
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const imported of sources.find(source => source.file === file)?.imports ?? []) visit(imported)
  }
  entries.forEach(visit)
  expect(sources.map(source => source.file).filter(file => !reached.has(file))).toEqual([])
})

test('every test file stands where its source does', () => {
  const mirrored = Object.keys(mayImport)
  const orphans = [...filesBelow('test')].filter(file => {
    const [, folder] = file.split('/')
    if (!file.endsWith('.test.ts') || !mirrored.includes(folder!)) return false
    const source = file.replace(/^test/, 'src').replace(/(\.[a-z-]+)?\.test\.ts$/, '')
    return !['.ts', '.tsx', ''].some(ending => existsSync(path.join(root, source + ending)))
  })
  expect(orphans).toEqual([])
})

function isAllowed(file: string, imported: string): boolean {
  const [, from] = file.split('/')
  const [, to] = imported.split('/')
  if (!to || compositionRoots.includes(file) || to === 'base' || from === to) return true
  return (mayImport[from!] ?? []).some(
    folder => imported.startsWith(`src/${folder}/`) || imported.startsWith(`src/${folder}.`),
  )
}

function readSource(file: string): Source {
  const text = readFileSync(path.join(root, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g), ...text.matchAll(/^import '(\.[^']+)'/gm)]
  const imports = specifiers.map(([, specifier]) =>
    path.relative(root, path.resolve(root, path.dirname(file), specifier!)),
  )
  return { file, text, lines: text.split('\n'), imports }
}

/** Functions of more than 60 lines: from a line that opens one to the line that closes at the same depth. */
function longFunctions({ file, lines }: Source): string[] {
  return lines.flatMap((line, start) => {
    const opening =
      /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\*? (\w+)|(?:static )?(?:async )?(#?\w+)\([^)]*\)?.*\{$|const (\w+) = .*=> \{$)/.exec(
        line,
      )
    const name = opening?.[2] ?? opening?.[3] ?? opening?.[4]
    if (!opening || !name || ['if', 'for', 'while', 'switch', 'catch'].includes(name)) return []
    const closing = [`${opening[1]}}`, `${opening[1]}},`]
    const length = lines.slice(start + 1).findIndex(other => closing.includes(other)) + 2
    return length > 60 ? [`${file} ${name}: ${length} lines`] : []
  })
}

function withoutComment(line: string): string {
  return /^\s*(\/\/|\*|\/\*)/.test(line) ? '' : line.replace(/\s\/\/ .*$/, '')
}

function* filesBelow(directory: string): Generator<string> {
  for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
    const file = `${directory}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(file)
    else yield file
  }
}
