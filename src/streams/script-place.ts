import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A place in a user's script. Line and column count from 1. */
export interface ScriptPlace {
  /** Absolute path. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** The line as it stands there, where the file can be read. */
  readonly source: string | undefined
}

/** The modules of this thread that are a user's own: not the program's, not Node's, not of a package. */
const scriptUrls = new Set<string>()

/** Makes a module known as a user's own, so that errors are told by its lines. */
export function knowScript(url: string): void {
  scriptUrls.add(url)
}

/**
 * Where in the user's own files an error comes from: the place that a compiler names, else the innermost frame of the stack
 * that is in a file which `knowScript` was told of. Undefined where no such file takes part. Types that are taken out of a
 * script leave blanks, so the places are those of its source.
 */
export function scriptPlace(error: unknown): ScriptPlace | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return namedPlace(stack) ?? framePlace(stack)
}

/** The line of a place with a mark below it, to be shown below a message; empty where the file cannot be read. */
export function placePicture({ line, column, source }: ScriptPlace): string {
  if (source === undefined || source.trim() === '') return ''
  const margin = `  ${line} | `
  // What stands before the mark is kept, so that tabs are as wide as above it.
  const before = source.slice(0, column - 1).replace(/[^\t]/g, ' ')
  return `${margin}${source}\n${' '.repeat(margin.length)}${before}^`
}

/** Whether the error was found by a compiler: nothing has run. */
export function isSyntaxError(error: unknown): boolean {
  if (!(error instanceof SyntaxError)) return false
  const stack = error.stack ?? ''
  return namedPlace(stack) !== undefined || / at (compileSourceTextModule|wrapSafe) \(node:/.test(stack)
}

/** The files that `knowScript` was told of, as absolute paths. */
export function scriptFiles(): readonly string[] {
  return [...scriptUrls].map(url => fileURLToPath(url))
}

/** The file of this thread's that was read last: what a compiler refuses without naming it. */
export function lastScript(): string | undefined {
  const url = [...scriptUrls].at(-1)
  return url && fileURLToPath(url)
}

/** What Node writes before the stack of a syntax error: the file with the line, lines up to it, a mark below it. */
function namedPlace(stack: string): ScriptPlace | undefined {
  const named = /^(?<file>\S.*):(?<line>\d+)\n(?:.*\n){0,3}?(?<source>.*)\n(?<before>[ \t]*)\^/.exec(stack)?.groups
  if (!named) return undefined
  const { file = '', line, source = '', before = '' } = named
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  return { file: path, line: Number(line), column: before.length + 1, source }
}

function framePlace(stack: string): ScriptPlace | undefined {
  for (const [, name = '', line, column] of stack.matchAll(/^ +at (?:.*\()?(.+?):(\d+):(\d+)\)?$/gm)) {
    // Frames of CommonJS modules have paths.
    const url = name.startsWith('/') ? pathToFileURL(name).href : name.replace(/^async /, '')
    const bare = url.replace(/\?.*$/, '')
    if (!scriptUrls.has(url) && !scriptUrls.has(bare)) continue
    const file = fileURLToPath(bare)
    return { file, line: Number(line), column: Number(column), source: lineOf(file, Number(line)) }
  }
  return undefined
}

function lineOf(file: string, line: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1]
  } catch {
    // The script may have gone since it was loaded.
    return undefined
  }
}
