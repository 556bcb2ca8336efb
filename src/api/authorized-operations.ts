/** Kafka's codes of the operations that access control knows. */
const operation = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

type Operation = keyof typeof operation

/** Answered where a client did not ask for the operations it may do: the lowest 32-bit integer. */
export const operationsNotAsked = -(2 ** 31)

/** Bit sets (KIP-430) of all that can be done to a topic, to a group and to the cluster. */
export const topicOperations = bits(
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'describeConfigs',
  'alterConfigs',
)
export const groupOperations = bits('read', 'delete', 'describe', 'describeConfigs', 'alterConfigs')
export const clusterOperations = bits(
  'create',
  'alter',
  'describe',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
)

function bits(...operations: Operation[]): number {
  return operations.reduce((set, name) => set | (1 << operation[name]), 0)
}
