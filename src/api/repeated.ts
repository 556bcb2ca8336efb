/** The values that come more than once. Kafka refuses every item of a request that is named twice. */
export function repeated(values: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>()
  const repetitions = new Set<string>()
  for (const value of values) {
    if (seen.has(value)) repetitions.add(value)
    seen.add(value)
  }
  return repetitions
}
