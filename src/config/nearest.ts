/** The name most like `wanted`, if one is close enough to have been meant: by default a mistake in every fourth character. */
export function nearest(
  wanted: string,
  names: Iterable<string>,
  mistakesMax = Math.max(2, Math.floor(wanted.length / 4)),
): string | undefined {
  let best: string | undefined
  let bestDistance = mistakesMax + 1
  for (const name of names) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein's distance: insertions, deletions and replacements that make one text the other. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1]
    for (let index = 0; index < to.length; index++) {
      const replaced = (row[index] ?? 0) + (from[at] === to[index] ? 0 : 1)
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? limit
}
