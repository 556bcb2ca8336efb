import { OperatorError } from '../../base/errors.ts'
import { applicationGroup } from '../../client/application-instances.ts'
import type { Cluster } from '../../client/cluster.ts'
import { listGroups } from '../../client/group-admin.ts'
import { nearest } from '../../config/nearest.ts'

/** Where an application's instances can be asked: one endpoint for each process. Throws OperatorErrors with what there is. */
export async function findInstances(cluster: Cluster, application: string): Promise<readonly string[]> {
  const { state, members, instances } = await applicationGroup(cluster, application)
  const endpoints = new Map(instances.map(({ process: id, endpoint }) => [id, endpoint]))
  if (endpoints.size > 0) return [...endpoints.values()]
  if (members > 0) {
    throw new OperatorError(
      `'${application}' is a group of ${members} other consumers: none of them runs a script of ours`,
      {
        hint: `streamctl group describe ${application}`,
      },
    )
  }
  if (state === 'Dead') throw await unknownApplication(cluster, application)
  throw new OperatorError(`no instance of '${application}' is running`, {
    hint: 'start it with: streamctl run SCRIPT; a store is asked where it is kept',
  })
}

const shownMax = 10

async function unknownApplication(cluster: Cluster, application: string): Promise<OperatorError> {
  const groups = await listGroups(cluster)
  const names = groups.filter(({ protocolType }) => protocolType === 'consumer').map(({ group }) => group)
  const meant = nearest(application, names)
  const more = names.length > shownMax ? ' …' : ''
  const known =
    names.length === 0 ? 'no application has run here yet' : `groups: ${names.slice(0, shownMax).join(', ')}${more}`
  return new OperatorError(`there is no application '${application}'`, {
    hint: meant ? `did you mean ${meant}?` : known,
  })
}
