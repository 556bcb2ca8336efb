import type { ChalkInstance } from 'chalk'

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)/g

/** A line of JSON with its keys, texts, numbers and words in colours of their own. What is no JSON stays as it is. */
export function highlightJson(json: string, colour: ChalkInstance): string {
  if (colour.level === 0 || !isObjectOrList(json)) return json
  return json.replace(token, (all, text?: string, colon?: string, number?: string, word?: string) => {
    if (text !== undefined) return colon === undefined ? colour.green(text) : `${colour.blue(text)}${colon}`
    if (number !== undefined) return colour.yellow(number)
    return word === undefined ? all : colour.magenta(word)
  })
}

function isObjectOrList(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
