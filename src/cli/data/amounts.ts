const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `1.5 GiB`, as people read it. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** `3,000 topics`, `1 topic`. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`
}

/** `1.5 GiB in 4.2 s (366 MiB/s)`: what was moved, and how fast. */
export function rateText(bytes: number, milliseconds: number): string {
  const seconds = Math.max(milliseconds, 1) / 1000
  return `${bytesText(bytes)} in ${seconds.toFixed(1)} s (${bytesText(bytes / seconds)}/s)`
}
