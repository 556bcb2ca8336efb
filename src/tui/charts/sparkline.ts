const levels = '▁▂▃▄▅▆▇█'

/** The last values as a row of blocks, the largest as the highest; exactly `width` cells. Values below 0 count as 0. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width > 0 ? values.slice(-width) : []
  const most = Math.max(0, ...shown.filter(Number.isFinite))
  const blocks = shown.map(value => {
    if (!(value > 0) || most === 0) return levels[0]
    // Something is never shown as nothing.
    return levels[Math.max(1, Math.round((value / most) * (levels.length - 1)))]
  })
  return blocks.join('').padStart(width)
}
