import { apiVersionsApi } from '../../../src/protocol/messages/api-versions.ts'
import { describeClusterApi } from '../../../src/protocol/messages/describe-cluster.ts'
import { findCoordinatorApi } from '../../../src/protocol/messages/find-coordinator.ts'
import { metadataApi } from '../../../src/protocol/messages/metadata.ts'
import type { Scenario } from '../scenario.ts'

export const versions: Scenario = {
  name: 'versions',
  about: 'what is served, the cluster and its coordinators',
  async run(target) {
    const software = { clientSoftwareName: 'differential', clientSoftwareVersion: '1' }
    await target.ask('versions', apiVersionsApi, 4, software)
    await target.ask('a name that is none', apiVersionsApi, 3, { ...software, clientSoftwareName: '' })
    for (const endpointType of [1, 2])
      await target.ask(`endpoints ${endpointType}`, describeClusterApi, 1, {
        includeClusterAuthorizedOperations: true,
        endpointType,
      })
    const nothing = { topics: [], includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
    await target.ask('no topics', metadataApi, 9, nothing)
    for (const keyType of [0, 1, 7])
      await target.ask(`coordinator of type ${keyType}`, findCoordinatorApi, 4, {
        keyType,
        coordinatorKeys: [target.name('a'), ''],
      })
  },
}
