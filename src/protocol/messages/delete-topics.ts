import { defineApi } from '../codec.ts'
import { array, int16, int32, string, uuid } from '../fields.ts'

/** DeleteTopics 0-6. 1 throttling, 4 flexible, 5 error messages, 6 topics by id or by name (KIP-516). */
export const deleteTopicsApi = defineApi({
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexible: 4,
  request: {
    topics: array({ name: string({ nullable: '6+', default: null }), topicId: uuid() }, { versions: '6+' }),
    topicNames: array(string(), { versions: '0-5' }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ versions: '1+' }),
    responses: array({
      name: string({ nullable: '6+' }),
      topicId: uuid({ versions: '6+' }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null }),
    }),
  },
})
