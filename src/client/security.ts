import type { SaslSettings } from './sasl.ts'
import type { TlsSettings } from './tls.ts'

/** How a client and a broker come to trust each other. Nothing here: plain bytes, and nobody asks who it is. */
export interface SecuritySettings {
  readonly tls?: TlsSettings
  readonly sasl?: SaslSettings
}
