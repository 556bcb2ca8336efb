import { clientProperties, type PropertySpec } from '../../client/properties.ts'
import type { ResolvedProperty } from './layers.ts'

const mask = '********'

/** A value as it may be shown: of a secret only where it is kept, and of text with a key in it nothing. */
export function shownValue({ name, value, secretSource }: ResolvedProperty): string {
  if (secretSource) return `(${secretSource}) ${value}`
  const spec = (clientProperties as readonly PropertySpec[]).find(other => other.name === name)
  if (spec?.kind === 'secret' || value.includes('PRIVATE KEY')) return mask
  return value
}
