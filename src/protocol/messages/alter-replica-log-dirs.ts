import { defineApi } from '../codec.ts'
import { array, int16, int32, string } from '../fields.ts'

/** AlterReplicaLogDirs 0-2 (KIP-113). 2 flexible. */
export const alterReplicaLogDirsApi = defineApi({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [0, 2],
  flexible: 2,
  request: { dirs: array({ path: string(), topics: array({ name: string(), partitions: array(int32()) }) }) },
  response: {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({ partitionIndex: int32(), errorCode: int16() }),
    }),
  },
})
