import { statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { OperatorError } from '../../base/errors.ts'
import { assertTopology } from '../../streams/script.ts'
import type { Application } from '../../streams/topology/application.ts'
import { importNatively } from './native-import.ts'
import { scriptFailure } from './script-failure.ts'
import { offerScriptModules } from './script-modules.ts'

/**
 * Loads a user's script, TypeScript or JavaScript, from anywhere on disk, and answers what it exports as default: the
 * application that `streams()` made. Scripts import `streamctl`, their own files, and packages of a node_modules beside them.
 * Loaded once in each thread: threads load it again for themselves.
 *
 * Throws OperatorErrors that say where in the script something is wrong (file:line:column, with the line) and what to do.
 */
export async function loadScript(file: string): Promise<Application> {
  const { default: topology } = await importScript(file)
  checkExport(topology, file)
  return topology as unknown as Application
}

/** Loads a module of a user's, as `loadScript`, and answers all that it exports. */
export async function importScript(file: string): Promise<Readonly<Record<string, unknown>>> {
  const absolute = path.resolve(file)
  checkFile(file, absolute)
  offerScriptModules()
  try {
    return await importNatively(pathToFileURL(absolute).href)
  } catch (error) {
    throw scriptFailure(error, file)
  }
}

function checkFile(file: string, absolute: string): void {
  const status = statSync(absolute, { throwIfNoEntry: false })
  if (!status) {
    throw new OperatorError(`there is no script ${file}`, {
      hint: 'streamctl new NAME writes one to start from; streamctl new --list shows what there is',
    })
  }
  if (status.isDirectory()) throw new OperatorError(`${file} is a directory`, { hint: 'name the script in it' })
  if (/\.[mc]?[jt]s$/.test(file)) return
  const isJsx = /\.[jt]sx$/.test(file)
  throw new OperatorError(`${file} is no script`, {
    hint: isJsx
      ? 'a script has no JSX: name it .ts'
      : 'scripts are TypeScript or JavaScript: their names end in .ts or .js',
  })
}

function checkExport(topology: unknown, file: string): void {
  const ending = "end it with: export default streams('name', builder => { … })"
  if (topology === undefined) throw new OperatorError(`${file} has no default export`, { hint: ending })
  if (typeof topology === 'function') {
    throw new OperatorError(`${file} exports a function, not a topology`, { hint: `${ending}, not the function alone` })
  }
  if (topology instanceof Promise) {
    throw new OperatorError(`${file} exports a promise, not a topology`, {
      hint: 'wait for it first: export default await …',
    })
  }
  assertTopology(topology, file)
}
