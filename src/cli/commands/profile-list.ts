import { defineCommand } from '../command.ts'
import { resolveLayers } from '../profile/layers.ts'
import { ProfileStore } from '../profile/profile-store.ts'
import { type FormatOptions, formatOptions, Report } from '../table/report.ts'

export const profileListCommand = defineCommand<FormatOptions, []>({
  name: 'list',
  summary: 'list profiles, the one in use among them',
  description: 'JSON fields: `profile`, `inUse`, `brokers`, `security`, `description`, `file`.',
  options: formatOptions,
  examples: [{ command: 'streamctl profile list', does: 'names, brokers, and which is in use' }],
  run: async ({ io, output }, options) => {
    const store = new ProfileStore(io.variables)
    const { current } = store.state()
    const rows = store.names().map(profile => {
      const { entries, description = null } = store.read(profile)
      const { values } = resolveLayers([{ source: `profile ${profile}`, entries }])
      return {
        profile,
        inUse: profile === current,
        brokers: values.get('bootstrap.servers')?.value ?? null,
        security: values.get('security.protocol')?.value ?? null,
        description,
        file: store.file(profile),
      }
    })
    new Report(output, options).rows(rows, [
      { title: 'PROFILE', value: row => row.profile },
      { title: 'IN USE', value: row => row.inUse },
      { title: 'BROKERS', value: row => row.brokers },
      { title: 'SECURITY', value: row => row.security },
      { title: 'DESCRIPTION', value: row => row.description },
      { title: 'FILE', value: row => row.file, isWide: true },
    ])
    return undefined
  },
})
