import { defineApi } from '../codec.ts'
import { array, bool, int16, int32, int64, string } from '../fields.ts'

/** DescribeLogDirs 0-4 (KIP-113). 2 flexible, 3 a top-level error, 4 size and room of the volume (KIP-827). */
export const describeLogDirsApi = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [0, 4],
  flexible: 2,
  request: {
    topics: array({ topic: string(), partitions: array(int32()) }, { nullable: '0+' }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '3+' }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ versions: '4+', default: -1 }),
      usableBytes: int64({ versions: '4+', default: -1 }),
    }),
  },
})
