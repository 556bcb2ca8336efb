import type { QuotaSettings } from '../api/quotas.ts'
import type { Configuration } from '../config/configuration.ts'

/** Reads over which time quotas are measured from the configuration. */
export function quotaSettings({ broker }: Configuration): QuotaSettings {
  return {
    rates: { count: broker['quota.window.num'], sampleMs: broker['quota.window.size.seconds'] * 1000 },
    mutations: {
      count: broker['controller.quota.window.num'],
      sampleMs: broker['controller.quota.window.size.seconds'] * 1000,
    },
  }
}
