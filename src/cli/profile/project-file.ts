import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import type { Layer, PropertyEntry } from './layers.ts'
import { withAbsolutePaths } from './paths.ts'
import { parseConfigurationFile } from './yaml-properties.ts'

export const projectFileName = '.streamctl.yml'

/**
 * The project file that counts in a directory: the first one upward, no further than the repository's root (where .git
 * is), and outside of a repository the directory's own. Nothing if there is none.
 */
export function findProjectFile(directory: string, exists: (file: string) => boolean = existsSync): string | undefined {
  const own = path.join(directory, projectFileName)
  if (exists(own)) return own
  let nearest: string | undefined
  for (let at = directory; ; at = path.dirname(at)) {
    const file = path.join(at, projectFileName)
    if (nearest === undefined && exists(file)) nearest = file
    if (exists(path.join(at, '.git'))) return nearest
    if (at === path.dirname(at)) return undefined
  }
}

/**
 * What a project file sets, and the profile that it asks for. Anybody may have written it: it runs no commands and reads
 * only those environment variables that are meant for Kafka. Throws `OperatorError`.
 */
export function readProjectFile(file: string): { readonly layer: Layer; readonly profile?: string } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
  const { entries, profile } = parseConfigurationFile(text, file)
  for (const entry of entries) checkHarmless(entry, file)
  return {
    layer: { source: projectFileName, entries: withAbsolutePaths(entries, path.dirname(file)), isForeign: true },
    ...(profile ? { profile } : {}),
  }
}

/** Whoever wrote the file may also have named the brokers: nothing that is secret may reach them. */
function checkHarmless({ name, value }: PropertyEntry, file: string): void {
  const hint = 'put it into a profile, and name that in the project file: profile: NAME'
  if (name.endsWith('.command')) throw new OperatorError(`${file}: ${name}: a project file runs no commands`, { hint })
  if (name.endsWith('.env') && !/^(KAFKA|STREAMCTL)_/.test(value)) {
    throw new OperatorError(`${file}: ${name}: a project file reads variables KAFKA_… and STREAMCTL_… only`, { hint })
  }
  const isSecretFile = name.endsWith('.file') || /^file:/i.test(value)
  const isInside = !path.isAbsolute(value) && !/^~|^file:/i.test(value) && !path.normalize(value).startsWith('..')
  if (isSecretFile && !isInside && !value.startsWith('/run/secrets/')) {
    throw new OperatorError(`${file}: ${name}: a project file reads secrets beside itself and in /run/secrets only`, {
      hint,
    })
  }
}
