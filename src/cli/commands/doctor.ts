import { OperatorError } from '../../base/errors.ts'
import { defineCommand } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import { Journal } from '../doctor/journal.ts'
import { type BrokerOptions, brokerOptions, connectionProperties } from '../options.ts'
import { type ClientSettings, clientSettings } from '../profile/client-settings.ts'
import { type FormatOptions, formatOptions, Report } from '../table/report.ts'
import { table } from '../table/table.ts'

interface DoctorOptions extends BrokerOptions, FormatOptions {}

export const doctorCommand = defineCommand<DoctorOptions, []>({
  name: 'doctor',
  summary: 'find out why a cluster cannot be reached, and what to do',
  description:
    'Connects step by step and says what each one found: settings, names, ports, TLS (certificates, dates, names), versions, ' +
    'SASL, metadata, every broker at its advertised address, clocks. It only reads.\n\n' +
    'The exit code is 0 if all is well or only worth a warning, else that of the first failure: 2 settings that do not fit, ' +
    '3 authentication, 4 unreachable.\n\n' +
    'JSON fields: `step`, `outcome` (ok, warning, failed, skipped), `subject`, `detail`, `hint`, `durationMs`, `exitCode`.',
  options: [...brokerOptions, ...formatOptions],
  examples: [
    { command: 'streamctl doctor', does: 'the cluster that is set, or the one on this machine' },
    { command: 'streamctl doctor --json', does: 'the findings for a script' },
  ],
  run: async (context, options) => {
    const { env, signal, output, io } = context
    const report = new Report(output, options)
    const journal = new Journal(options.format || report.isData ? undefined : output)
    const settings = readSettings(journal, () => {
      const resolution = connectionProperties(context, options)
      const source = resolution.values.get('bootstrap.servers')?.source ?? 'default'
      return { settings: clientSettings(resolution, io), source }
    })
    if (settings) await examine(settings, { env, journal, signal })
    if (options.format || report.isData) {
      const { findings } = journal
      if (report.isData) report.rows(findings, [])
      else
        report.thing({}, [
          table(findings, [
            { title: 'OUTCOME', value: row => row.outcome },
            { title: 'STEP', value: row => row.step },
            { title: 'SUBJECT', value: row => row.subject },
            { title: 'TOOK', value: row => row.durationMs ?? null, as: 'milliseconds' },
            { title: 'DETAIL', value: row => row.detail },
            { title: 'HINT', value: row => row.hint ?? '' },
          ]),
        ])
    }
    return journal.exitCode
  },
})

function readSettings(
  journal: Journal,
  read: () => { readonly settings: ClientSettings; readonly source: string },
): ClientSettings | undefined {
  try {
    const { settings, source } = read()
    const { tls, sasl } = settings.security
    const how = [tls ? 'TLS' : 'no TLS', sasl ? `SASL ${sasl.mechanism}` : 'no SASL'].join(', ')
    const count = settings.brokers.length
    const detail = `${count} address${count === 1 ? '' : 'es'} (${source}); ${how}`
    const isOpen = tls && !tls.verifies
    journal.add({
      step: 'settings',
      outcome: isOpen ? 'warning' : 'ok',
      subject: 'client',
      detail,
      ...(isOpen ? { hint: 'certificates are not verified: whoever sits between can read along' } : {}),
    })
    return settings
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const { message: detail, hint, exitCode } = error
    journal.add({ step: 'settings', outcome: 'failed', subject: 'client', detail, hint, exitCode })
    return undefined
  }
}
