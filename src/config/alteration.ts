import { ConfigType, InvalidSetting, type Setting } from './kinds.ts'

export type AlterOperation = 'set' | 'delete' | 'append' | 'subtract'

/** One operation of IncrementalAlterConfigs. */
export interface Alteration {
  readonly name: string
  readonly operation: AlterOperation
  /** Not looked at by `delete`. */
  readonly value: string | null
}

type Registry = Readonly<Record<string, Setting<unknown>>>

/** The setting of that name. Throws `InvalidSetting`. */
export function settingNamed(registry: Registry, name: string, what: string): Setting<unknown> {
  const setting = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (!setting) throw new InvalidSetting(`there is no ${what} setting '${name}'`)
  return setting
}

/** Throws `InvalidSetting` for text that the setting does not take. */
export function checkValue(name: string, setting: Setting<unknown>, text: string): void {
  try {
    setting.kind.parse(text)
  } catch (error) {
    if (error instanceof InvalidSetting) throw new InvalidSetting(`${name} ${error.message}`)
    throw error
  }
}

/**
 * `overrides` after the alterations, each value checked. `effective` is what a list has that is appended to or subtracted
 * from without being set here. Throws `InvalidSetting`.
 */
export function altered(
  registry: Registry,
  what: string,
  overrides: ReadonlyMap<string, string>,
  alterations: readonly Alteration[],
  effective: (name: string) => string | null,
): Map<string, string> {
  const result = new Map(overrides)
  const seen = new Set<string>()
  for (const { name, operation, value } of alterations) {
    if (seen.has(name)) throw new InvalidSetting(`'${name}' is altered twice`, 'request')
    seen.add(name)
    if (operation === 'delete') {
      // As in Kafka, what is not known (any more) may still be removed.
      result.delete(name)
      continue
    }
    const setting = settingNamed(registry, name, what)
    if (value === null) throw new InvalidSetting(`'${name}' needs a value`, 'request')
    const text = operation === 'set' ? value.trim() : listAfter(name, setting, operation, value, result, effective)
    checkValue(name, setting, text)
    result.set(name, text)
  }
  return result
}

function listAfter(
  name: string,
  setting: Setting<unknown>,
  operation: 'append' | 'subtract',
  value: string,
  overrides: ReadonlyMap<string, string>,
  effective: (name: string) => string | null,
): string {
  if (setting.kind.type !== ConfigType.list) {
    throw new InvalidSetting(`'${name}' is not a list: it can be set or deleted only`)
  }
  const before = partsOf(overrides.get(name) ?? effective(name) ?? '')
  const parts = partsOf(value)
  const after =
    operation === 'append' ? [...new Set([...before, ...parts])] : before.filter(part => !parts.includes(part))
  return after.join(',')
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
