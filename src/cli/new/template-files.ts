import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The files of all templates by their names, as `fraud/fraud.ts`, and those that all scripts share. From the source's folder
 * `templates`; in the built program the bundler has put them here.
 */
export function templateFiles(): Readonly<Record<string, string>> {
  const directory = fileURLToPath(new URL('../../../templates/', import.meta.url))
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const names = entries.map(entry => path.relative(directory, path.join(entry.parentPath, entry.name)))
  return Object.fromEntries(
    names.toSorted().map(name => [name.split(path.sep).join('/'), readFileSync(path.join(directory, name), 'utf8')]),
  )
}
