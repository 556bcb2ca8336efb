import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryDirectory } from './processes.ts'

const root = path.resolve(import.meta.dirname, '../..')

export const lockFile = path.join(root, 'package-lock.json')

/** The first lines of the project's lock file: real text that every checkout has. None is empty. */
export function lockFileLines(count: number): string[] {
  return readFileSync(lockFile, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .slice(0, count)
}

/** Files of this machine whose lines end in newlines, as a person would pipe them: logs, databases, the lock file. */
export function realFiles(): string[] {
  const candidates = ['/var/log/dpkg.log', '/var/lib/dpkg/status', '/etc/services', lockFile]
  return candidates.filter(file => existsSync(file) && statSync(file).size > 0 && readFileSync(file).at(-1) === 10)
}

const ndjsonBytes = 32 * 1024 * 1024

/**
 * A large NDJSON made from the installed packages: what dpkg knows of its packages where there is dpkg, then every text
 * file of the npm packages as one object, until there are 32 MiB. Lines of 50 bytes to 200 KB, with all that Unicode and
 * escapes have to offer.
 */
export function largeNdjson(): string {
  const lines: string[] = []
  let bytes = 0
  const add = (record: object): void => {
    const line = JSON.stringify(record)
    bytes += Buffer.byteLength(line) + 1
    lines.push(line)
  }
  const dpkg = '/var/lib/dpkg/status'
  if (existsSync(dpkg)) for (const paragraph of readFileSync(dpkg, 'utf8').split('\n\n')) add(fieldsOf(paragraph))
  const modules = path.join(root, 'node_modules')
  for (const file of globSync('**/*.{json,md,d.ts,js}', { cwd: modules }).toSorted()) {
    if (bytes > ndjsonBytes) break
    const text = readFileSync(path.join(modules, file), 'utf8')
    if (text.length < 200_000)
      add({
        package: file
          .split('/')
          .slice(0, file.startsWith('@') ? 2 : 1)
          .join('/'),
        file,
        text,
      })
  }
  const target = path.join(temporaryDirectory(), 'packages.ndjson')
  writeFileSync(target, `${lines.join('\n')}\n`)
  return target
}

function fieldsOf(paragraph: string): object {
  const fields = paragraph.split(/\n(?! )/).map(field => field.split(/: (.*)/s).slice(0, 2))
  return Object.fromEntries(fields.filter(([name]) => name !== ''))
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
