import { defineApi } from '../codec.ts'
import { array, bool, int8, int16, int32, string } from '../fields.ts'

/** UpdateFeatures 0-2 (KIP-584). 1 kinds of upgrades and dry runs (KIP-778), 2 one result for all (KIP-1022). */
export const updateFeaturesApi = defineApi({
  key: 57,
  name: 'UpdateFeatures',
  versions: [0, 2],
  flexible: 0,
  request: {
    timeoutMs: int32({ default: 60_000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: '0' }),
      upgradeType: int8({ versions: '1+', default: 1 }),
    }),
    validateOnly: bool({ versions: '1+', default: false }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array(
      { feature: string(), errorCode: int16(), errorMessage: string({ nullable: '0+' }) },
      { versions: '0-1' },
    ),
  },
})
