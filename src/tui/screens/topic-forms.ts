import type { SettingChange } from '../../client/config-admin.ts'
import type { Effect, Form } from '../screen.ts'
import type { AlterTopic, CreateTopic, TopicFacts } from '../works/topic-works.ts'

type Values = Readonly<Record<string, string>>
type Settings = readonly (readonly [name: string, value: string])[]

const settingsHelp = 'one a line: retention.ms=86400000'

/** The form for a new topic. */
export const createForm: Form = {
  id: 'create',
  title: 'New topic',
  fields: [
    { name: 'name', label: 'Name', value: '', help: 'letters, digits, dots, hyphens and underscores' },
    { name: 'partitions', label: 'Partitions', value: '', help: "empty: the cluster's default" },
    { name: 'replicas', label: 'Replicas', value: '', help: "empty: the cluster's default" },
    { name: 'settings', label: 'Settings', value: '', help: `${settingsHelp}; ctrl-s sends`, isLong: true },
  ],
}

/** The form for a topic that is there, with what it has of its own. */
export function alterForm({ name, partitions, settings }: TopicFacts): Form {
  return {
    id: `alter:${name}`,
    title: `Alter topic ${name}`,
    fields: [
      { name: 'partitions', label: 'Partitions', value: String(partitions), help: 'can only grow' },
      {
        name: 'settings',
        label: 'Settings',
        value: settings.map(([setting, value]) => `${setting}=${value}`).join('\n'),
        help: `${settingsHelp}; a line that is taken away goes back to the default; ctrl-s sends`,
        isLong: true,
      },
    ],
  }
}

/** What is to be done for a form that was sent, or what is wrong with it. */
export function createEffect(values: Values): Effect {
  const name = values.name?.trim() ?? ''
  if (name === '') return formError('name', 'the topic needs a name')
  const partitions = wholeNumber(values.partitions)
  if (partitions === null) return formError('partitions', 'not a whole number above 0')
  const replicas = wholeNumber(values.replicas)
  if (replicas === null) return formError('replicas', 'not a whole number above 0')
  const settings = readSettings(values.settings ?? '')
  if (typeof settings === 'string') return formError('settings', settings)
  const work: CreateTopic = { kind: 'createTopic', changes: true, name, partitions, replicas, settings }
  return { kind: 'work', work }
}

export function alterEffect(facts: TopicFacts, values: Values): Effect {
  const partitions = wholeNumber(values.partitions)
  if (partitions === null) return formError('partitions', 'not a whole number above 0')
  if (partitions !== undefined && partitions < facts.partitions) {
    return formError('partitions', `there are ${facts.partitions}: partitions cannot be taken away`)
  }
  const settings = readSettings(values.settings ?? '')
  if (typeof settings === 'string') return formError('settings', settings)
  const settingChanges = changesOf(facts.settings, settings)
  const grown = partitions === facts.partitions ? undefined : partitions
  if (settingChanges.length === 0 && grown === undefined) {
    return { kind: 'flash', text: 'nothing was changed', look: 'warning' }
  }
  const work: AlterTopic = { kind: 'alterTopic', changes: true, name: facts.name, partitions: grown, settingChanges }
  return { kind: 'work', work }
}

function changesOf(before: Settings, after: Settings): readonly SettingChange[] {
  const [old, wanted] = [new Map(before), new Map(after)]
  return [
    ...after
      .filter(([name, value]) => old.get(name) !== value)
      .map(([name, value]): SettingChange => ({ name, operation: 'set', value })),
    ...before
      .filter(([name]) => !wanted.has(name))
      .map(([name]): SettingChange => ({ name, operation: 'unset', value: null })),
  ]
}

/** Pairs, or what is wrong with them. */
function readSettings(text: string): Settings | string {
  const lines = text
    .split('\n')
    .map(part => part.trim())
    .filter(part => part !== '')
  const broken = lines.find(part => part.indexOf('=') <= 0)
  if (broken !== undefined) return `'${broken}' is not name=value`
  return lines.map(part => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
}

/** Undefined for nothing, null for what is no number above 0. */
function wholeNumber(text = ''): number | undefined | null {
  if (text.trim() === '') return undefined
  return /^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text.trim()) : null
}

export function formError(field: string, message: string): Effect {
  return { kind: 'formError', field, message }
}
