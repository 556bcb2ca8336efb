import path from 'node:path'
import type { PropertyEntry } from './layers.ts'
import { withAbsolutePaths } from './paths.ts'
import { loadYaml } from './yaml-properties.ts'

/** A profile as YAML. Files are named from the root: the profile is used from everywhere. */
export async function profileText(
  entries: readonly PropertyEntry[],
  description: string | undefined,
  directory = path.resolve(),
): Promise<string> {
  const { stringify } = await loadYaml()
  const properties = withAbsolutePaths(entries, directory).map(({ name, value }) => [name, value])
  return stringify(
    { ...(description === undefined ? {} : { description }), ...Object.fromEntries(properties) },
    { lineWidth: 0 },
  )
}
