import { defineApi } from '../codec.ts'
import { array, bool, int8, int16, int32, string } from '../fields.ts'

/**
 * DescribeConfigs 0-4. v0 tells only whether a value is the default; 1 where it comes from, with synonyms (KIP-226),
 * 3 types and documentation (KIP-569), 4 flexible.
 */
export const describeConfigsApi = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  versions: [0, 4],
  flexible: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: '0+' }),
    }),
    includeSynonyms: bool({ versions: '1+', default: false }),
    includeDocumentation: bool({ versions: '3+', default: false }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
        readOnly: bool(),
        isDefault: bool({ versions: '0' }),
        configSource: int8({ versions: '1+', default: -1 }),
        isSensitive: bool(),
        synonyms: array({ name: string(), value: string({ nullable: '1+' }), source: int8() }, { versions: '1+' }),
        configType: int8({ versions: '3+', default: 0 }),
        documentation: string({ versions: '3+', nullable: '3+' }),
      }),
    }),
  },
})
