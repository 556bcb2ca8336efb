import path from 'node:path'
import { meaningOf } from '../../client/properties.ts'
import type { PropertyEntry } from './layers.ts'

/** The same properties with the names of files made absolute: a file's are seen from where the file is, `~/` from home. */
export function withAbsolutePaths(
  entries: readonly PropertyEntry[],
  directory: string,
  home?: string,
): readonly PropertyEntry[] {
  return entries.map(entry => (namesFile(entry) ? { ...entry, value: absolute(entry.value, directory, home) } : entry))
}

function namesFile({ name, value }: PropertyEntry): boolean {
  const meaning = meaningOf(name)
  if (meaning.kind !== 'known' || value === '') return false
  return meaning.source ? meaning.source === 'file' : meaning.spec.kind === 'file'
}

function absolute(file: string, directory: string, home: string | undefined): string {
  if (home && file.startsWith('~/')) return path.join(home, file.slice(2))
  return path.resolve(directory, file)
}
