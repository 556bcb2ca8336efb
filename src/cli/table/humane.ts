const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes for people: `512 B`, `1.5 KiB`, `12 GiB`. Powers of 1024, as brokers' settings count. */
export function humaneBytes(bytes: number): string {
  let value = Math.abs(bytes)
  let unit = 0
  // 1023.96 KiB would be rounded to 1024 KiB.
  while (unit < byteUnits.length - 1 && Number(value.toPrecision(4)) >= 1024) {
    value /= 1024
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits).replace(/\.0$/, '')} ${byteUnits[unit]}`
}

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** Milliseconds for people, the two largest units: `350 ms`, `1.2 s`, `2m 5s`, `3d 4h`. */
export function humaneDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : ''
  const whole = Math.round(Math.abs(milliseconds))
  if (whole < 1_000) return `${sign}${whole} ms`
  if (whole < 59_950) return `${sign}${(whole / 1_000).toFixed(1).replace(/\.0$/, '')} s`
  const at = Math.max(
    0,
    durationUnits.findIndex(([, unitMs]) => Math.round(whole / 1_000) * 1_000 >= unitMs),
  )
  const [large, largeMs] = durationUnits[at]!
  const [small, smallMs] = durationUnits[at + 1] ?? durationUnits[at]!
  const total = Math.floor(Math.round(whole / 1_000) / (smallMs / 1_000))
  const perLarge = largeMs / smallMs
  const rest = total % perLarge
  return `${sign}${Math.floor(total / perLarge)}${large}${rest === 0 ? '' : ` ${rest}${small}`}`
}

/** Milliseconds since 1970 as `2026-11-22 08:00:00.123Z`: UTC, as on the brokers. */
export function humaneTime(timestampMs: number): string {
  // Beyond the year 275760 there is no date: the number is all that can be said.
  const date = new Date(timestampMs)
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString().replace('T', ' ')
}
