/** The first level of metadata.version of each release of Kafka (org.apache.kafka.server.common.MetadataVersion). */
const releases: readonly (readonly [level: number, release: string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1'],
  [28, '4.2'],
]

/**
 * The release of Kafka that a broker is like, by the newest metadata.version that it knows; with a plus sign beyond the
 * newest that we know. null for brokers that have no such feature: before 3.3, with ZooKeeper, and those that are not Kafka's.
 */
export function kafkaVersionOf(
  features: readonly { readonly name: string; readonly maxVersion: number }[],
): string | null {
  const level = features.find(({ name }) => name === 'metadata.version')?.maxVersion
  if (level === undefined) return null
  const [, release] = releases.findLast(([first]) => first <= level) ?? [0, null]
  return release !== null && level > newestKnownLevel ? `${release}+` : release
}

const newestKnownLevel = 29
