// Upstream's JUnit tests hold functions and settings that the case files tell in words, or not at all. This table has them by
// the operator's words (apache/kafka commit 1eb7644349cb07139d6a3c1ad1986979647cac99): no test's inputs or results are here.

type Settings = Readonly<Record<string, unknown>>

const concat = (agg: unknown, value: unknown): string => `${agg}${value}`
const plus = (_key: unknown, value: unknown, agg: unknown): string => `${agg}+${value}`
const minus = (_key: unknown, value: unknown, agg: unknown): string => `${agg}-${value}`
const append = (_key: unknown, value: unknown, agg: unknown): string => concat(agg, value)
const sum = (_key: unknown, value: unknown, agg: unknown): number => Number(agg) + Number(value)
const pair = (key: unknown, value: unknown): [unknown, unknown] => [key, value]
const names: Readonly<Record<number, string>> = { 1: 'ONE', 2: 'TWO', 3: 'THREE' }
const divides = (by: number) => (key: number) => key % by === 0
const isAccepted = (_key: unknown, value: unknown): boolean => String(value).toLowerCase() === 'accept'
const unlimited = Number.MAX_SAFE_INTEGER

const colon = (agg: unknown, value: unknown): string => `${agg}:${value}`

const exact: Readonly<Record<string, Settings>> = {
  'KGroupedStreamImpl shouldReduceSessionWindows': { reducer: colon },
  'KGroupedStreamImpl shouldReduceSessionWindowsWithInternalStoreName': { reducer: colon },
  'KGroupedStreamImpl shouldAggregateSessionWindows': { aggregate: 'count' },
  'KGroupedStreamImpl shouldAggregateSessionWindowsWithInternalStoreName': { aggregate: 'count' },
  'KStreamFilter testFilter': { predicate: divides(3) },
  'KStreamFilter testFilterNot': { predicate: (key: number) => key % 3 !== 0 },
  'KStreamFlatMap testFlatMap': {
    flatMap: (key: number, value: unknown) => Array.from({ length: key }, (_, at) => [String(key * 10 + at), value]),
  },
  'KStreamFlatMapValues testFlatMapValues': {
    flatMapValues: (_key: unknown, value: unknown) => [`v${value}`, `V${value}`],
  },
  'KStreamFlatMapValues testFlatMapValuesWithKeys': {
    flatMapValues: (key: unknown, value: unknown) => [`v${value}`, `k${key}`],
  },
  'KStreamMap testMap': { map: (key: unknown, value: unknown) => [value, key] },
  'KStreamMapValues testFlatMapValues': { mapValues: (_key: unknown, value: string) => value.length },
  'KStreamMapValues testMapValuesWithKeys': { mapValues: (key: number, value: string) => value.length + key },
  'KStreamSelectKey testSelectKey': { selectKey: (_key: unknown, value: number) => names[value] ?? null },
  'KTableMapKeys testMapKeysConvertingToStream': { selectKey: (key: number) => names[key] ?? null },
  'KStreamSplit testKStreamSplit': { branches: [divides(2), divides(3), divides(5)] },
  'KStreamSplit testBranchingWithNoTerminalOperation': { branches: [divides(2), divides(5)] },
  'KStreamSplit testResultingMap': {
    branches: [divides(2), divides(3), divides(5), (key: number) => key < 0, divides(7)],
  },
  'KTableMapValues testKTable': { mapValues: (_key: unknown, value: string) => value.charCodeAt(0) - 48 },
  'KTableMapValues testQueryableKTable': { mapValues: (_key: unknown, value: string) => value.charCodeAt(0) - 48 },
  'KTableFilter shouldSkipNullToRepartitionWithoutMaterialization': { predicate: isAccepted },
  'KTableFilter shouldSkipNullToRepartitionOnMaterialization': { predicate: isAccepted },
  // The second filter of these is filterNot().
  'KTableFilter shouldPassThroughWithoutMaterialization': { secondFilterNot: true },
  'KTableFilter shouldPassThroughOnMaterialization': { secondFilterNot: true },
  'KTableAggregate testCountWithInternalStore': {
    groupBy: (_key: unknown, value: unknown) => [value, value],
    aggregate: 'count',
  },
  'KTableAggregate testRemoveOldBeforeAddNew': {
    groupBy: (key: string) => [key[0], key[1]],
    initializer: () => '',
    adder: append,
    subtractor: (_key: unknown, value: string, agg: string) => agg.replaceAll(value, ''),
  },
  'KTableAggregate testNoEqualsAndSameObject': { groupBy: pair, aggregate: 'count' },
  'KTableAggregate testShouldNotSendTransientStateIfNotUpgrading': { groupBy: pair, aggregate: 'count' },
  'cogroup testCogroupKeyMixedAggregators': { aggregators: [minus, plus] },
  'cogroup shouldCoGroupStreamsWithDifferentInputTypes': { initializer: () => 0, aggregators: [sum, sum] },
  'cogroup shouldAllowDifferentOutputTypeInCoGroup': { initializer: () => 0, aggregators: [sum, sum] },
  testRelaxedLeftStreamGlobalTableJoin: { keyMapper: () => null },
  'suppress: shouldSuppressIntermediateEventsWithTimeLimit': { suppress: { untilTimeLimit: 2 } },
  'suppress: shouldImmediatelyEmitEventsWithZeroEmitAfter': { suppress: { untilTimeLimit: 0 } },
  'suppress: shouldSuppressIntermediateEventsWithRecordLimit': {
    suppress: { untilTimeLimit: unlimited, maxRecords: 1 },
  },
  'suppress: shouldSuppressIntermediateEventsWithBytesLimit': {
    suppress: { untilTimeLimit: unlimited, maxBytes: 200 },
  },
  'suppress: shouldWorkBeforeGroupBy': { suppress: { untilTimeLimit: 10 }, groupBy: pair },
  'suppress: shouldWorkBeforeJoinLeft': { suppress: { untilTimeLimit: 10 }, joinKinds: ['outer'] },
  'suppress: shouldWorkBeforeJoinRight': { suppress: { untilTimeLimit: 10 }, joinKinds: ['outer'] },
}

/** Tests that share their operator's words with others, but not its functions. */
const byTest: Readonly<Record<string, Settings>> = {
  // Sorted, so that the last result is the same in whatever order the records come.
  testAggregateRandomInput: {
    initializer: () => '',
    aggregator: (_key: unknown, value: string, agg: string) => [...(agg + value)].sort().join(''),
  },
}

const families: readonly (readonly [start: string, settings: Settings])[] = [
  ['KTableMapValues ', { mapValues: (_key: unknown, value: string) => Number(value) }],
  [
    'KGroupedTableImpl ',
    {
      groupBy: (key: unknown, value: number) => [key, Math.trunc(value)],
      reducer: (agg: number, value: number) => agg + value,
      subtractReducer: (agg: number, value: number) => agg - value,
    },
  ],
  [
    'KTableFilter ',
    {
      predicate: (_key: unknown, value: number) => value % 2 === 0,
      groupBy: pair,
      reducer: (a: string, b: string) => `${a}+${b}`,
      subtractReducer: (a: string, b: string) => `${a}-${b}`,
    },
  ],
  ['KTableAggregate ', { groupBy: pair, adder: plus, subtractor: minus }],
  ['suppress: ', { groupBy: (key: unknown, value: unknown) => [value, key] }],
  [
    'cogroup ',
    {
      initializer: () => '',
      aggregators: [append, append, append],
      joiner: (left: unknown, right: unknown) => `${left}+${right}`,
    },
  ],
  // Their stores have Kafka's record cache, which the driver empties after each record.
  ['KGroupedStreamImpl ', { cache: true }],
  ['time window cogroup ', { aggregators: [plus, minus] }],
  ['session window cogroup ', { aggregators: [plus, minus] }],
  ['sliding window cogroup ', { aggregators: [plus, minus] }],
]

/** What the tests of an operator, or one test of it, set up beyond what their cases tell. */
export function upstreamFunctions(operator: string, test: string): Settings {
  const family = families.find(([start]) => operator.startsWith(start))?.[1] ?? {}
  const mixed: Settings = operator.startsWith('cogroup testCogroupKeyMixed') ? { initializer: () => '0' } : {}
  return { cache: false, ...family, ...mixed, ...exact[operator], ...byTest[test] }
}
