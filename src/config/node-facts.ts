import { ConfigType } from './kinds.ts'

/** Where a listener is, and what it tells clients to connect to. */
export interface ListenerAddress {
  readonly bound: HostPort
  readonly advertised: HostPort
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** What a node is: tools look for it among the settings of a Kafka broker, but here it follows from flags, or cannot differ. */
export interface NodeFacts {
  readonly nodeId: number
  /** An absolute path, or ':memory:'. */
  readonly logDirectory: string
  readonly listeners: readonly ListenerAddress[]
}

export interface Fact {
  readonly type: number
  readonly value: (facts: NodeFacts) => string
  readonly doc: string
  /** How it is set instead; undefined where it cannot be. */
  readonly setBy?: string
}

/** By Kafka's names. Nobody can set them while the node runs. */
export const nodeFacts: Readonly<Record<string, Fact>> = {
  'advertised.listeners': {
    type: ConfigType.list,
    value: ({ listeners }) => addresses(listeners.map(({ advertised }) => advertised)),
    doc: 'What clients are told to connect to.',
    setBy: 'use the flag --advertise',
  },
  'authorizer.class.name': {
    type: ConfigType.string,
    value: () => '',
    doc: 'None: everybody who can connect may do everything.',
  },
  'broker.id': {
    type: ConfigType.int,
    value: ({ nodeId }) => String(nodeId),
    doc: 'The same as `node.id`.',
    setBy: 'set node.id',
  },
  'group.coordinator.rebalance.protocols': {
    type: ConfigType.list,
    value: () => 'classic',
    doc: 'The only protocol of groups that is served.',
  },
  'inter.broker.listener.name': {
    type: ConfigType.string,
    value: () => listenerName(0),
    doc: 'The first listener. There are no other brokers.',
  },
  'listener.security.protocol.map': {
    type: ConfigType.string,
    value: ({ listeners }) => listeners.map((_, index) => `${listenerName(index)}:PLAINTEXT`).join(','),
    doc: 'Listeners are neither encrypted nor authenticated.',
  },
  listeners: {
    type: ConfigType.list,
    value: ({ listeners }) => addresses(listeners.map(({ bound }) => bound)),
    doc: 'The addresses that the node listens on.',
    setBy: 'use the flag --listen',
  },
  'log.dir': {
    type: ConfigType.list,
    value: ({ logDirectory }) => logDirectory,
    doc: 'The directory that the data is in.',
    setBy: 'use the flag --data',
  },
  'log.dirs': {
    type: ConfigType.list,
    value: ({ logDirectory }) => logDirectory,
    doc: 'The directory that the data is in.',
    setBy: 'use the flag --data',
  },
  'process.roles': {
    type: ConfigType.list,
    value: () => 'broker,controller',
    doc: 'One node is both.',
  },
  'security.inter.broker.protocol': {
    type: ConfigType.string,
    value: () => 'PLAINTEXT',
    doc: 'There are no other brokers.',
  },
}

function addresses(list: readonly HostPort[]): string {
  const text = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
  return list.map((address, index) => `${listenerName(index)}://${text(address)}`).join(',')
}

/** Kafka wants a name of its own for each. */
function listenerName(index: number): string {
  return index === 0 ? 'PLAINTEXT' : `PLAINTEXT_${index + 1}`
}
