import { defineApi } from '../codec.ts'
import { array, bool, float64, int8, int16, int32, string } from '../fields.ts'

/** DescribeClientQuotas 0-1 (KIP-546). 1 flexible. */
export const describeClientQuotasApi = defineApi({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexible: 1,
  request: {
    components: array({ entityType: string(), matchType: int8(), match: string({ nullable: '0+' }) }),
    strict: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    entries: array(
      {
        entity: array({ entityType: string(), entityName: string({ nullable: '0+' }) }),
        values: array({ key: string(), value: float64() }),
      },
      { nullable: '0+' },
    ),
  },
})
