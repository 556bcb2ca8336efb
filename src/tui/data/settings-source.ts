import { type ConfigKind, type ConfigOwner, describeSettings, type Setting } from '../../client/config-admin.ts'
import { defineSource, type Source } from '../source.ts'

export type { ConfigKind as SettingOwnerKind, Setting } from '../../client/config-admin.ts'

/** All settings of one thing (source `settings`). */
export interface SettingsQuestion extends Source {
  readonly kind: 'settings'
  readonly ownerKind: ConfigKind
  readonly owner: string
}

const periodMs = 15_000

/** Settings with their values, where those come from, and what they are for. */
export const settingsSource = defineSource<SettingsQuestion, readonly Setting[]>(
  async ({ cluster, question, emit, signal, pause }) => {
    const owner: ConfigOwner = { kind: question.ownerKind, name: question.owner }
    while (!signal.aborted) {
      emit(await describeSettings(cluster, owner, { withDocumentation: true }))
      await pause(periodMs)
    }
  },
)
