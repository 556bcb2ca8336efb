import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type ConfigOwner, describeSettings, ownerText, type Setting } from '../../client/config-admin.ts'
import { nearest } from '../../config/nearest.ts'

/** Brokers pass over names that they do not know. Throws `OperatorError` for the first such name. */
export async function missingSettings(
  cluster: Cluster,
  owner: ConfigOwner,
  wanted: readonly string[],
  found: readonly Setting[],
): Promise<void> {
  const missing = wanted.find(name => !found.some(setting => setting.name === name))
  if (missing === undefined) return
  const all = await describeSettings(cluster, owner)
  const meant = nearest(
    missing,
    all.map(({ name }) => name),
  )
  throw new OperatorError(`${ownerText(owner)} has no setting '${missing}'`, {
    hint: meant ? `did you mean ${meant}?` : 'config describe --all shows what there is',
    exitCode: ExitCode.failure,
  })
}
