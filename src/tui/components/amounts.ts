const countUnits = ['', 'k', 'M', 'G', 'T', 'P'] as const
const byteUnits = ['B', 'K', 'M', 'G', 'T', 'P'] as const

/** A number of things in at most six cells: `999`, `12.3k`, `1.2M`; `-` where it is not known. */
export function shortCount(count: number | null): string {
  return count === null ? '-' : scaled(count, 1_000, countUnits)
}

/** Bytes in at most six cells, in powers of 1024: `512B`, `1.5K`, `12G`. */
export function shortBytes(bytes: number | null): string {
  return bytes === null ? '-' : scaled(bytes, 1_024, byteUnits)
}

/** Things a second in at most seven cells: `0`, `0.3/s`, `12.3k/s`. */
export function shortRate(perSecond: number | null): string {
  if (perSecond === null) return '-'
  if (perSecond < 0.05) return '0'
  return `${perSecond < 10 ? perSecond.toFixed(1).replace(/\.0$/, '') : shortCount(Math.round(perSecond))}/s`
}

/** Milliseconds in their largest unit: `350ms`, `12s`, `7d`; -1 is for ever. */
export function shortDuration(milliseconds: number | null): string {
  if (milliseconds === null) return '-'
  if (milliseconds < 0) return '∞'
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const
  const [unit, size] = units.find(([, unitMs]) => milliseconds >= unitMs) ?? ['ms', 1]
  const amount = milliseconds / size
  return `${amount < 10 && !Number.isInteger(amount) ? amount.toFixed(1).replace(/\.0$/, '') : Math.round(amount)}${unit}`
}

function scaled(amount: number, base: number, units: readonly string[]): string {
  let value = Math.abs(amount)
  let unit = 0
  while (unit < units.length - 1 && Math.round(value) >= base) {
    value /= base
    unit++
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '')
  return `${amount < 0 ? '-' : ''}${text}${units[unit]}`
}
