/** The parts of a quota's entity in the order in which Kafka answers them, by type; clients compare the lists. */
export function inOrder<Part extends { readonly entityType: string }>(entity: readonly Part[]): readonly Part[] {
  return entity.toSorted((one, other) => (one.entityType < other.entityType ? -1 : 1))
}
