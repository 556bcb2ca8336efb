import type { Verdict } from './record.ts'

/** Reads a JUnit report, as pytest and Node's test runner write it. */
export function readJunitReport(xml: string): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  for (const [, attributes = '', inner = ''] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
    const name = /\bname="([^"]*)"/.exec(attributes)?.[1]
    if (name === undefined) continue
    verdicts.set(plain(name), /<(failure|error)\b/.test(inner) ? 'fail' : /<skipped\b/.test(inner) ? 'skip' : 'pass')
  }
  return verdicts
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!)
}
