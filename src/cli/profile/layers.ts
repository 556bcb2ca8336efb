import { OperatorError } from '../../base/errors.ts'
import {
  clientProperties,
  meaningOf,
  type PropertyName,
  type PropertySpec,
  propertyNames,
  type SecretSource,
} from '../../client/properties.ts'
import { nearest } from '../../config/nearest.ts'

/** Properties from one place, in the order in which they were written: the last one of a name counts. */
export interface Layer {
  /** As `config print` shows it: `-X`, `profile prod`. */
  readonly source: string
  readonly entries: readonly PropertyEntry[]
  /** Brokers from here must not be given secrets that are kept elsewhere: anybody may have written the file. */
  readonly isForeign?: boolean
  /** Not looked at where brokers come from a foreign layer. */
  readonly isPersonal?: boolean
}

export interface PropertyEntry {
  readonly name: string
  readonly value: string
  /** More exactly where: the flag, the variable, the line. */
  readonly where?: string
}

/** A value that counts, and where it comes from. */
export interface ResolvedProperty {
  readonly name: PropertyName
  readonly value: string
  readonly source: string
  /** The value is not the secret but tells where it is. */
  readonly secretSource?: SecretSource
}

export interface Resolution {
  readonly values: ReadonlyMap<PropertyName, ResolvedProperty>
  /** What was given and changes nothing. */
  readonly ignored: readonly IgnoredProperty[]
}

export interface IgnoredProperty {
  readonly name: string
  readonly source: string
  readonly reason: string
  /** A command has an option for it: who writes it on a command line wants to know. */
  readonly isForCommands?: boolean
}

/**
 * Puts layers together, the highest first. Pure. Throws `OperatorError` for a name that nobody knows or that is refused
 * and for values that cannot be meant.
 */
export function resolveLayers(layers: readonly Layer[]): Resolution {
  const values = new Map<PropertyName, ResolvedProperty>()
  const ignored: IgnoredProperty[] = []
  let hidesPersonal: string | undefined
  for (const layer of layers) {
    if (layer.isPersonal && hidesPersonal !== undefined) {
      for (const { name } of layer.entries) {
        ignored.push({ name, source: layer.source, reason: `brokers come from ${hidesPersonal}` })
      }
      continue
    }
    for (const found of readLayer(layer, ignored)) if (!values.has(found.name)) values.set(found.name, found)
    if (layer.isForeign && values.get('bootstrap.servers')?.source.startsWith(layer.source))
      hidesPersonal = layer.source
  }
  for (const spec of clientProperties as readonly PropertySpec[]) {
    const name = spec.name as PropertyName
    if (spec.default !== undefined && !values.has(name))
      values.set(name, { name, value: spec.default, source: 'default' })
  }
  return { values, ignored }
}

/** One value for each property of a layer: what is written later counts. */
function readLayer({ source: layer, entries }: Layer, ignored: IgnoredProperty[]): ResolvedProperty[] {
  const found = new Map<PropertyName, ResolvedProperty>()
  for (const { name: written, value, where } of entries) {
    const source = where ? `${layer} ${where}` : layer
    const meaning = meaningOf(written)
    switch (meaning.kind) {
      case 'known': {
        const name = meaning.spec.name as PropertyName
        const secretSource = meaning.source
        found.set(name, {
          name,
          value: secretSource ? value : checkedValue(meaning.spec, value, source),
          source,
          ...(secretSource ? { secretSource } : {}),
        })
        break
      }
      case 'ignored':
        ignored.push({ name: written, source, reason: meaning.reason, isForCommands: meaning.isForCommands })
        break
      case 'refused':
        throw new OperatorError(`${source}: ${written} is refused: ${meaning.reason}`, { hint: meaning.hint })
      case 'unknown':
        throw unknownProperty(written, source)
    }
  }
  return [...found.values()]
}

function unknownProperty(name: string, source: string): OperatorError {
  const meant = nearest(name, propertyNames())
  return new OperatorError(`${source}: nobody knows the property '${name}'`, {
    hint: meant ? `did you mean ${meant}?` : 'streamctl config print --all shows all of them',
  })
}

/** The value in the form that the table asks for. A secret is never quoted in an error. */
function checkedValue(spec: PropertySpec, text: string, source: string): string {
  const wrong = (what: string): OperatorError =>
    new OperatorError(`${source}: ${spec.name} must be ${what}, not '${text}'`)
  switch (spec.kind) {
    case 'text':
    case 'file':
    case 'secret':
    case 'brokers':
      return text
    case 'whole':
      if (!/^\d{1,9}$/.test(text) || Number(text) < 1) throw wrong('a whole number from 1')
      return text
    case 'switch':
      if (!/^(true|false)$/i.test(text)) throw wrong('true or false')
      return text.toLowerCase()
    case 'choice': {
      const choices = spec.choices ?? []
      const meant = spec.synonyms?.[text] ?? choices.find(choice => choice.toLowerCase() === text.trim().toLowerCase())
      if (meant === undefined) throw wrong(`one of ${choices.join(', ')}`)
      return meant
    }
  }
}
