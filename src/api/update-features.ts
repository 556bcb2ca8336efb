import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { updateFeaturesApi } from '../protocol/messages/update-features.ts'
import { features } from './features.ts'
import { handler } from './handle.ts'

// UpdateFeatures v0-2. The levels of this node are fixed: a request may state them, and whatever else it wants is refused
// with Kafka's code. All or nothing, as in Kafka.

type UpdateFeaturesRequest = RequestOf<typeof updateFeaturesApi>
type Update = UpdateFeaturesRequest['featureUpdates'][number]

const upgrade = 1
const safeDowngrade = 2
const unsafeDowngrade = 3

export const updateFeatures = handler(updateFeaturesApi, {
  handle({ featureUpdates }, call) {
    for (const update of featureUpdates) check(update, upgradeTypeOf(update, call.version))
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      errorMessage: null,
      results: featureUpdates.map(({ feature }) => ({ feature, errorCode: ErrorCode.none, errorMessage: null })),
    }
  },
  refuse: (_request, failure) => ({ throttleTimeMs: 0, ...failure, results: [] }),
})

function upgradeTypeOf({ allowDowngrade, upgradeType }: Update, version: number): number {
  if (version > 0) return upgradeType
  return allowDowngrade ? safeDowngrade : upgrade
}

/** In Kafka's order, so that a tool hears of the same mistake first. */
function check({ feature, maxVersionLevel: wanted }: Update, upgradeType: number): void {
  const refused = (reason: string): KafkaError =>
    new KafkaError(ErrorCode.invalidUpdateVersion, `${feature} cannot be set to ${wanted}: ${reason}`)
  if (![upgrade, safeDowngrade, unsafeDowngrade].includes(upgradeType))
    throw refused(`the upgrade type ${upgradeType} is unknown`)
  if (wanted < 0) throw refused('there are no levels below 0')
  const known = features.find(({ name }) => name === feature)
  if (!known) throw refused('this node does not have the feature')
  const { minVersion, maxVersion, level } = known
  if (wanted < minVersion || wanted > maxVersion)
    throw refused(`this node has the levels ${minVersion} to ${maxVersion}`)
  if (wanted < level && upgradeType === upgrade) throw refused('lowering it needs a downgrade as upgrade type')
  if (wanted > level && upgradeType !== upgrade) throw refused('a downgrade cannot raise it')
  if (wanted !== level) throw refused(`this node is fixed at ${level}`)
}
