import { defineApi } from '../codec.ts'
import { array, int8, int16, int32, string } from '../fields.ts'

/** The resource type of client metrics subscriptions, which are all that v0 knows. */
const clientMetrics = 16

/** ListConfigResources 0-1: what has settings. In Kafka 3.9 it was ListClientMetricsResources. 1 all types (KIP-1142). */
export const listConfigResourcesApi = defineApi({
  key: 74,
  name: 'ListConfigResources',
  versions: [0, 1],
  flexible: 0,
  request: {
    resourceTypes: array(int8(), { versions: '1+' }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: '1+', default: clientMetrics }),
    }),
  },
})
