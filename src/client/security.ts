import type { Dial } from './connection.ts'
import type { SaslSettings } from './sasl.ts'
import { type AddressFamily, plainDial, type TlsSettings, tlsDial } from './tls.ts'

/** How a client and a broker come to trust each other. Nothing here: plain bytes, and nobody asks who it is. */
export interface SecuritySettings {
  readonly tls?: TlsSettings
  readonly sasl?: SaslSettings
}

/** How connections are opened under these settings. */
export function dialOf(security: SecuritySettings | undefined, family?: AddressFamily): Dial {
  return security?.tls ? tlsDial(security.tls, family) : plainDial(family)
}
