import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type DeclarationFile, readDeclarations } from './declaration-file.ts'

const root = path.resolve(import.meta.dirname, '../..')

export const typesFile = path.join(root, 'templates/streamctl.d.ts')

/** What scripts import, and the module of the source that it is. */
const modules = [
  { name: 'streamctl', file: 'streams/script.d.ts' },
  { name: 'streamctl/test', file: 'streams/testing/test-module.d.ts' },
] as const

/** The program's own, not for scripts. */
const hidden: ReadonlySet<string> = new Set(['assertTopology'])

/**
 * The types of `streamctl` and `streamctl/test` in one file that needs no other: the compiler's declarations of our sources,
 * as far as what scripts import reaches.
 */
export function scriptTypes(): string {
  const directory = emitDeclarations()
  try {
    const files = new Files(directory)
    const known = new Map<string, string>()
    const texts = modules.map(({ name, file }) => moduleText(name, files, file, known))
    return `// The types of the modules that scripts import. Written by: streamctl new --types\n\n${texts.join('\n')}`
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function emitDeclarations(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-types-'))
  const project = path.join(directory, 'tsconfig.json')
  const sources = modules.map(({ file }) => path.join(root, 'src', file.replace(/\.d\.ts$/, '.ts')))
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: directory,
    rootDir: path.join(root, 'src'),
    typeRoots: [path.join(root, 'node_modules/@types')],
  }
  const text = JSON.stringify({
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions,
    include: [],
    files: sources,
  })
  writeFileSync(project, text)
  execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', project], { stdio: 'pipe' })
  return directory
}

class Files {
  readonly #directory: string
  readonly #read = new Map<string, DeclarationFile>()

  constructor(directory: string) {
    this.#directory = directory
  }

  get(file: string): DeclarationFile {
    const known = this.#read.get(file)
    if (known) return known
    const read = readDeclarations(file, readFileSync(path.join(this.#directory, file), 'utf8'))
    this.#read.set(file, read)
    return read
  }

  /** Where a name that a file uses is declared; undefined for what is not ours. */
  find(file: string, name: string): { readonly file: string; readonly name: string } | undefined {
    const { declarations, imports } = this.get(file)
    if (declarations.has(name)) return { file, name }
    const imported = imports.get(name)
    return imported && this.find(imported.file, imported.name)
  }
}

/** `known`: what modules before this one export, by name; filled with what this one exports. */
function moduleText(module: string, files: Files, entry: string, known: Map<string, string>): string {
  const exported = files.get(entry).exports.filter(name => !hidden.has(name))
  const foreign = new Set<string>()
  const taken = new Map<string, { readonly file: string; readonly texts: readonly string[] }>()
  const visit = (file: string, name: string): void => {
    const found = files.find(file, name)
    if (!found) return
    const where = `${found.file} ${found.name}`
    if (known.get(found.name) === where) {
      foreign.add(found.name)
      return
    }
    const other = taken.get(found.name)
    if (other) {
      if (other.file !== found.file) throw new Error(`two declarations of ${found.name}: ${other.file}, ${found.file}`)
      return
    }
    const texts = files.get(found.file).declarations.get(found.name)!
    taken.set(found.name, { file: found.file, texts })
    for (const word of new Set(texts.join(' ').match(/[A-Za-z_]\w*/g))) visit(found.file, word)
  }
  for (const name of exported) visit(entry, name)
  const blocks = [...taken].flatMap(([name, { texts }]) =>
    texts.map(text =>
      (exported.includes(name) ? `export ${text}` : text).replace(/^(export )?(\/\*\*[\s\S]*?\*\/\n)/, '$2$1'),
    ),
  )
  const imports = foreign.size === 0 ? '' : `  import type { ${[...foreign].toSorted().join(', ')} } from 'streamctl'\n`
  const more =
    module === 'streamctl/test' ? readFileSync(path.join(import.meta.dirname, 'node-test.d.ts.txt'), 'utf8') : ''
  for (const name of exported) {
    const found = files.find(entry, name)
    if (found) known.set(name, `${found.file} ${found.name}`)
  }
  // Without the last line all that is declared would be exported.
  return `declare module '${module}' {\n${imports}${blocks.map(indented).join('\n')}\n${more}  export {}\n}\n`
}

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
