import { defineApi } from '../codec.ts'
import { array, int16, int32, int64, string } from '../fields.ts'

/** DeleteRecords 0-2: raises the start of partitions; -1 stands for the high watermark (KIP-107). 2 flexible. */
export const deleteRecordsApi = defineApi({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexible: 2,
  request: {
    topics: array({ name: string(), partitions: array({ partitionIndex: int32(), offset: int64() }) }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), lowWatermark: int64(), errorCode: int16() }),
    }),
  },
})
