// The types of the modules that scripts import. Written by: streamctl new --types

declare module 'streamctl' {
  /** Bytes as they are. */
  export const bytes: Codec<Uint8Array>;
  /**
   * Turns values of one type into the bytes of a topic or a store, and back. Both throw what is wrong with the value; null
   * (a tombstone, an absent value) never reaches a codec.
   */
  export interface Codec<T> {
      encode(value: T): Uint8Array;
      decode(bytes: Uint8Array): T;
      /** As `decode`, for bytes that this codec wrote itself: skips the validation. */
      readonly decodeOwn?: (bytes: Uint8Array) => T;
  }
  /** JSON text in UTF-8. With a schema, what is read is validated by it (and gets its defaults); what is written is not. */
  export function json<T>(schema: StandardSchema<T>): Codec<T>;
  export function json<T = unknown>(): Codec<T>;
  /** Any schema that follows Standard Schema version 1. Only synchronous ones can be used. */
  export interface StandardSchema<O> {
      readonly '~standard': {
          readonly version: 1;
          readonly vendor: string;
          readonly validate: (value: unknown) => Validation<O> | Promise<Validation<O>>;
          readonly types?: {
              readonly input: unknown;
              readonly output: O;
          } | undefined;
      };
  }
  /** What a Standard Schema (https://standardschema.dev: zod, valibot, arktype …) answers: a value, or what is wrong. */
  type Validation<O> = {
      readonly value: O;
      readonly issues?: undefined;
  } | {
      readonly issues: readonly {
          readonly message: string;
          readonly path?: readonly unknown[] | undefined;
      }[];
  };
  /** A whole number in eight bytes, all 64 bits of it. */
  export const bigint64: Codec<bigint>;
  /** A floating-point number in eight bytes, as Kafka's DoubleSerializer writes it. */
  export const float64: Codec<number>;
  /** A whole number in eight bytes, as Kafka's LongSerializer writes it. Refuses what a `number` cannot hold exactly. */
  export const int64: Codec<number>;
  /** UTF-8 text, as Kafka's StringSerializer writes it. */
  export const string: Codec<string>;
  /** From `start` to `end`, in milliseconds since 1970. Time windows end before `end`; session and sliding windows include it. */
  export interface Window {
      readonly start: number;
      readonly end: number;
  }
  /** A key in one window: what a windowed table is keyed by. */
  export interface Windowed<K> {
      readonly key: K;
      readonly window: Window;
  }
  /** Stretches of records that are not further apart than the gap. Both ends included. */
  export interface SessionWindows {
      readonly kind: 'session';
      readonly gapMs: number;
      readonly graceMs: number;
  }
  /** For each record the windows of that length before and after it (KIP-450). Both ends included. */
  export interface SlidingWindows {
      readonly kind: 'sliding';
      readonly differenceMs: number;
      readonly graceMs: number;
      /** Updates the windows of a record from the first to the last: Kafka Streams does so over stores that it cannot read backwards. */
      readonly firstToLast?: boolean;
  }
  /** Windows of one size that start every `advanceMs`: tumbling where both are equal. Start included, end not. */
  export interface TimeWindows {
      readonly kind: 'time';
      readonly sizeMs: number;
      readonly advanceMs: number;
      readonly graceMs: number;
  }
  /** A time span: milliseconds, or a number with its unit, as `'90s'` or `'1d'`. */
  export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;
  export interface CogroupedStream<K, A> {
      cogroup<V>(other: GroupedStream<K, V>, add: (aggregate: A, value: V, key: K) => A): CogroupedStream<K, A>;
      aggregate(initialize: () => A, options?: Materialized<K, A> & {
          readonly name?: string;
      }): Table<K, A, never>;
      windowedBy(windows: SessionWindows): SessionCogroup<K, A>;
      windowedBy(windows: TimeWindows | SlidingWindows): WindowedCogroup<K, A>;
  }
  export interface GroupedStream<K, V> {
      count(options?: Materialized<K, number>): Table<K, number, never>;
      reduce(reducer: (aggregate: V, value: V) => V, options?: Materialized<K, V>): Table<K, V, never>;
      aggregate<A>(initialize: () => A, add: (aggregate: A, value: V, key: K) => A, options?: Materialized<K, A>): Table<K, A, never>;
      /** Begins an aggregate of several streams: go on with `.cogroup(other, add)`, end with `.aggregate(init)`. */
      cogroup<A>(add: (aggregate: A, value: V, key: K) => A): CogroupedStream<K, A>;
      windowedBy(windows: SessionWindows): SessionStream<K, V>;
      windowedBy(windows: TimeWindows | SlidingWindows): WindowedStream<K, V>;
  }
  /** How a table is kept. */
  export interface Materialized<K, V> {
      /** The name of its store: for queries, and so that it is found again when the topology changes. */
      readonly store?: string;
      readonly key?: Codec<K>;
      readonly value?: Codec<V>;
      /** How long windows are kept; at least their size and grace, which is the default. */
      readonly retention?: Duration;
      /** Whether updates go to a changelog topic, from which the store is built again. Default: true. */
      readonly changelog?: boolean;
  }
  /**
   * What a key's value is now, and each change of it. `N` is null where rows may be deleted, never where they only change: a
   * stream of the changes then has null values, or none.
   */
  export interface Table<K, V, N = null> {
      filter<S extends V>(predicate: (value: V, key: K) => value is S, options?: Materialized<K, S>): Table<K, S>;
      filter(predicate: (value: V, key: K) => boolean, options?: Materialized<K, V>): Table<K, V>;
      filterNot(predicate: (value: V, key: K) => boolean, options?: Materialized<K, V>): Table<K, V>;
      mapValues<O>(mapper: (value: V, key: K) => O, options?: Materialized<K, O>): Table<K, O, N>;
      groupBy<K2, V2>(mapper: (value: V, key: K) => {
          readonly key: K2;
          readonly value: V2;
      } | null, options?: {
          readonly key?: Codec<K2>;
          readonly value?: Codec<V2>;
          readonly name?: string;
      }): GroupedTable<K2, V2>;
      /** Joins with the row that `foreignKey` points to. */
      join<F, R, O>(right: Table<F, R, unknown>, joiner: (left: V, right: R) => O, options: JoinOptions<K, O> & {
          readonly foreignKey: (value: V, key: K) => F | null;
      }): Table<K, O>;
      join<R, O>(right: Table<K, R, unknown>, joiner: (left: V, right: R) => O, options?: JoinOptions<K, O>): Table<K, O>;
      leftJoin<F, R, O>(right: Table<F, R, unknown>, joiner: (left: V, right: R | null) => O, options: JoinOptions<K, O> & {
          readonly foreignKey: (value: V, key: K) => F | null;
      }): Table<K, O>;
      leftJoin<R, O>(right: Table<K, R, unknown>, joiner: (left: V, right: R | null) => O, options?: JoinOptions<K, O>): Table<K, O>;
      outerJoin<R, O>(right: Table<K, R, unknown>, joiner: (left: V | null, right: R | null) => O, options?: JoinOptions<K, O>): Table<K, O>;
      /**
       * Holds updates back: until their window closes, or for a time after the first one of a key. A full buffer lets the first
       * ones go early; one that waits for windows to close, or with `whenFull: 'fail'`, stops instead.
       */
      suppress(request: 'until-window-closes' | ({
          readonly untilWindowCloses: true;
      } & SuppressLimits) | ({
          readonly untilTimeLimit: Duration;
          readonly whenFull?: 'emit-early' | 'fail';
      } & SuppressLimits)): Table<K, V, N>;
      toStream(): Stream<K, V | N>;
  }
  /** A table whose rows are put into groups. */
  export interface GroupedTable<K, V> {
      count(options?: Materialized<K, number>): Table<K, number, never>;
      reduce(add: (aggregate: V, value: V) => V, subtract: (aggregate: V, value: V) => V, options?: Materialized<K, V>): Table<K, V, never>;
      aggregate<A>(initialize: () => A, add: (aggregate: A, value: V, key: K) => A, subtract: (aggregate: A, value: V, key: K) => A, options?: Materialized<K, A>): Table<K, A, never>;
  }
  type JoinOptions<K, V> = Materialized<K, V> & {
      readonly name?: string;
  };
  interface SuppressLimits {
      readonly maxRecords?: number;
      readonly maxBytes?: number;
      readonly name?: string;
  }
  /** Records of a topic, or what became of them. Callbacks take the value first, then the key, then where it came from. */
  export interface Stream<K, V> {
      filter<S extends V>(predicate: (value: V, key: K, meta: Meta) => value is S): Stream<K, S>;
      filter(predicate: (value: V, key: K, meta: Meta) => boolean): Stream<K, V>;
      filterNot(predicate: (value: V, key: K, meta: Meta) => boolean): Stream<K, V>;
      map<K2, V2>(mapper: (value: V, key: K, meta: Meta) => {
          readonly key: K2;
          readonly value: V2;
      }, options?: {
          readonly key?: Codec<K2>;
      }): Stream<K2, V2>;
      mapValues<O>(mapper: (value: V, key: K, meta: Meta) => O): Stream<K, O>;
      flatMap<K2, V2>(mapper: (value: V, key: K, meta: Meta) => Iterable<{
          readonly key: K2;
          readonly value: V2;
      }>, options?: {
          readonly key?: Codec<K2>;
      }): Stream<K2, V2>;
      flatMapValues<O>(mapper: (value: V, key: K, meta: Meta) => Iterable<O>): Stream<K, O>;
      selectKey<K2>(selector: (value: V, key: K, meta: Meta) => K2, options?: Named & {
          readonly key?: Codec<K2>;
      }): Stream<K2, V>;
      peek(action: (value: V, key: K, meta: Meta) => void): Stream<K, V>;
      forEach(action: (value: V, key: K, meta: Meta) => void): void;
      merge<V2>(other: Stream<K, V2>): Stream<K, V | V2>;
      /** Each record goes to the first branch that takes it, else to `default`. */
      branch<B extends Readonly<Record<string, (value: V, key: K, meta: Meta) => boolean>>>(branches: B, options?: Named): {
          readonly [N in keyof B | 'default']: Stream<K, V>;
      };
      repartition(options?: Named & {
          readonly partitions?: number;
          readonly key?: Codec<K>;
          readonly value?: Codec<V>;
      }): Stream<K, V>;
      /** Passes on the first record of each id within a time. */
      deduplicate<I>(options: Named & {
          readonly id: (value: V, key: K) => I;
          readonly within: Duration;
      }): Stream<K, V>;
      groupByKey(options?: Named & {
          readonly key?: Codec<K>;
          readonly value?: Codec<V>;
      }): GroupedStream<K, V>;
      groupBy<K2>(selector: (value: V, key: K, meta: Meta) => K2, options?: Named & {
          readonly key?: Codec<K2>;
          readonly value?: Codec<V>;
      }): GroupedStream<K2, V>;
      toTable(options?: Materialized<K, V>): Table<K, V>;
      join<R, O>(right: Stream<K, R>, joiner: (left: V, right: R, key: K) => O, options: StreamJoin<K, V, R>): Stream<K, O>;
      join<R, O>(right: Table<K, R, unknown>, joiner: (left: V, right: R, key: K) => O, options?: TableJoin<K, V>): Stream<K, O>;
      join<G, R, O>(right: GlobalTable<G, R>, joiner: (left: V, right: R, key: K) => O, options: GlobalJoin<K, V, G>): Stream<K, O>;
      leftJoin<R, O>(right: Stream<K, R>, joiner: (left: V, right: R | null, key: K) => O, options: StreamJoin<K, V, R>): Stream<K, O>;
      leftJoin<R, O>(right: Table<K, R, unknown>, joiner: (left: V, right: R | null, key: K) => O, options?: TableJoin<K, V>): Stream<K, O>;
      leftJoin<G, R, O>(right: GlobalTable<G, R>, joiner: (left: V, right: R | null, key: K) => O, options: GlobalJoin<K, V, G>): Stream<K, O>;
      outerJoin<R, O>(right: Stream<K, R>, joiner: (left: V | null, right: R | null, key: K) => O, options: StreamJoin<K, V, R>): Stream<K, O>;
      /** Finds sequences of records of one key. */
      match<M extends Record<string, V[]>, O>(pattern: (start: PatternStart<V>) => Pattern<V, M>, result: (matched: M, key: K) => O, options?: Named): Stream<K, O>;
      process<K2 = K, O = V>(processor: (context: Context<K2, O>) => Processor<K, V>, options?: Named & {
          readonly stores?: readonly string[];
      }): Stream<K2, O>;
      to(topic: Sink<K, V>): void;
  }
  /** Where a record came from, and when it happened. Valid while the function that gets it runs. */
  export interface Meta {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      /** Milliseconds since 1970. */
      readonly timestamp: number;
      readonly headers: ReadonlyMap<string, Uint8Array>;
  }
  /** Names an operator: in the topology, and for the topics and stores that it needs. */
  interface Named {
      readonly name?: string;
  }
  interface StreamJoin<K, L, R> extends Named {
      readonly within: Within;
      /** How long a record may be late. */
      readonly grace: Duration;
      readonly key?: Codec<K>;
      readonly leftValue?: Codec<L>;
      readonly rightValue?: Codec<R>;
      /** When a record without a match is a result: when nothing can match it any more (default), or at once, and again with a match. */
      readonly unmatched?: 'when-closed' | 'at-once';
  }
  /** The time between two records that a join brings together, measured from the left one. */
  type Within = Duration | {
      readonly before: Duration;
      readonly after: Duration;
  };
  interface TableJoin<K, L> extends Named {
      /** With a versioned table: how long to wait for rows that come late. */
      readonly grace?: Duration;
      readonly key?: Codec<K>;
      readonly leftValue?: Codec<L>;
  }
  /** A table of which every instance keeps all rows. */
  export interface GlobalTable<K, V> {
      readonly [typesOf]?: {
          readonly key: K;
          readonly value: V;
      };
      readonly store: string;
  }
  const typesOf: unique symbol;
  interface GlobalJoin<K, L, G> extends Named {
      /** The key to look up; null finds nothing. */
      readonly on: (value: L, key: K) => G | null;
  }
  /** The start of a sequence of records of one key. */
  export interface PatternStart<V> {
      begin<N extends string>(name: N, where: (value: V) => boolean): Pattern<V, Record<N, V[]>>;
  }
  /** A sequence: `M` names what it has matched. */
  export interface Pattern<V, M extends Record<string, V[]>> {
      /** The last step comes so many times. Other records may lie between. */
      times(count: number | {
          readonly min: number;
          readonly max?: number;
      }): Pattern<V, M>;
      /** The very next record of the key. */
      next<N extends string>(name: N, where: (value: V, soFar: M) => boolean): Pattern<V, M & Record<N, V[]>>;
      /** A later record of the key. */
      followedBy<N extends string>(name: N, where: (value: V, soFar: M) => boolean): Pattern<V, M & Record<N, V[]>>;
      /** No such record before the next step, or, at the end, before `within` is over. */
      notFollowedBy(where: (value: V, soFar: M) => boolean): Pattern<V, M>;
      /** The time between the first and the last record. */
      within(duration: Duration): Pattern<V, M>;
      /** Where the search goes on after a match: behind its last record, or at the next record that could begin one. */
      afterMatch(skip: 'past-last' | 'to-next'): Pattern<V, M>;
  }
  /** What a processor may do. */
  export interface Context<K, O> {
      /** Passes on a record. Its timestamp is that of the record at hand, if none is given. */
      forward(key: K, value: O, options?: {
          readonly timestamp?: number;
      }): void;
      /** Calls `action` again and again, by the timestamps of the records or by the wall clock. */
      schedule(every: Duration, by: 'stream-time' | 'wall-clock', action: (now: number) => void): void;
      /** A store that the processor named in its options. */
      store<SK, SV>(name: string): KeyValueStore<SK, SV>;
      readonly partition: number;
  }
  /** The state of a processor. */
  export interface KeyValueStore<K, V> {
      get(key: K): V | null;
      /** null deletes. */
      put(key: K, value: V | null): void;
      delete(key: K): void;
      /** Both ends included, in the order of the encoded keys. */
      range(from: K, to: K): Iterable<[K, V]>;
      all(): Iterable<[K, V]>;
  }
  export interface Processor<K, V> {
      process(value: V, key: K, meta: Meta): void;
  }
  /** A topic that records of these types may go to: also one that holds more. A null value is a deletion, a null key no key. */
  interface Sink<K, V> {
      readonly name: string;
      readonly key: {
          readonly encode: (key: NonNullable<K>) => Uint8Array;
      };
      readonly value: {
          readonly encode: (value: NonNullable<V>) => Uint8Array;
      };
  }
  export interface SessionStream<K, V> extends WithLate<K, V> {
      count(options?: WindowMaterialized<K, number>): Table<Windowed<K>, number>;
      reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V>): Table<Windowed<K>, V>;
      aggregate<A>(initialize: () => A, add: (aggregate: A, value: V, key: K) => A, merge: (a: A, b: A, key: K) => A, options?: WindowMaterialized<K, A>): Table<Windowed<K>, A>;
  }
  /** Records that came too late for all of their windows, as they came in. Ask for them after the aggregate. */
  interface WithLate<K, V> {
      late(): Stream<K, V>;
  }
  type WindowMaterialized<K, V> = Materialized<K, V> & {
      readonly emit?: Emit;
  };
  /**
   * When a windowed aggregate tells its results: with every update; once, when the window has closed; or that, with a time
   * without input after which stream time goes on with the wall clock, so that the last windows close too.
   */
  export type Emit = 'update' | 'final' | {
      readonly final: true;
      readonly idle?: Duration;
  };
  export interface WindowedStream<K, V> extends WithLate<K, V> {
      count(options?: WindowMaterialized<K, number>): Table<Windowed<K>, number, never>;
      reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V>): Table<Windowed<K>, V, never>;
      /** `add` gets a null value for records without one, as in Kafka Streams. */
      aggregate<A>(initialize: () => A, add: (aggregate: A, value: V, key: K) => A, options?: WindowMaterialized<K, A>): Table<Windowed<K>, A, never>;
  }
  interface SessionCogroup<K, A> {
      aggregate(initialize: () => A, merge: (a: A, b: A, key: K) => A, options?: Materialized<K, A>): Table<Windowed<K>, A>;
  }
  interface WindowedCogroup<K, A> {
      aggregate(initialize: () => A, options?: Materialized<K, A>): Table<Windowed<K>, A, never>;
  }
  export interface Builder {
      /** Records of a topic, or of several that are written alike. */
      stream<K, V>(topic: Topic<K, V> | readonly Topic<K, V>[]): Stream<K, V>;
      /** A topic whose records are updates of their keys. */
      table<K, V>(topic: Topic<K, V>, options?: Materialized<K, V> & {
          readonly versioned?: {
              readonly historyRetention: Duration;
          };
      }): Table<K, V>;
      /** A topic of which every instance keeps all rows: joins by any key, without repartitioning. */
      globalTable<K, V>(topic: Topic<K, V>, options?: Materialized<K, V>): GlobalTable<K, V>;
      /** Declares a store for `process()`. */
      store<K, V>(name: string, options: {
          readonly key: Codec<K>;
          readonly value: Codec<V>;
          readonly changelog?: boolean;
      }): void;
  }
  /** A topic, with the types of its keys and values. */
  export interface Topic<K, V> {
      readonly name: string;
      readonly key: Codec<K>;
      readonly value: Codec<V>;
  }
  export interface StreamsOptions {
      /** Default: `exactly-once`. */
      readonly processing?: 'exactly-once' | 'at-least-once';
      /** How many other instances keep a copy of each task's state. Default: 0. */
      readonly standbys?: number;
      /** What happens to a record with which the script throws. Default: `fail`. */
      readonly onError?: 'fail' | {
          readonly deadLetter: string;
      };
      /** Kafka Streams' optimizations of the topology. Default: false, as there. */
      readonly optimize?: boolean;
  }
  export interface TopicOptions<K, V> {
      readonly key: Codec<K>;
      readonly value: Codec<V>;
      /** When the record happened, in milliseconds since 1970; without it, the timestamp of the record. */
      readonly timestamp?: (value: V, meta: Meta) => number;
      /** What happens to records that the codec or its schema refuses. Default: `fail`. */
      readonly onInvalid?: 'fail' | 'skip' | {
          readonly deadLetter: string;
      };
  }
  /** What `streams()` makes, to be the default export of a script. */
  export interface Topology {
      readonly name: string;
      /** The topology in Kafka's own text form. */
      describe(): string;
      /** The topology as a picture of lines for a terminal. */
      picture(): string;
  }
  /** A topic and how its records are written. */
  export function topic<K, V>(name: string, options: TopicOptions<K, V>): Topic<K, V>;
  /** Builds the topology of a script. The name is that of its consumer group; its internal topics begin with it. */
  export function streams(name: string, build: (builder: Builder) => void, options?: StreamsOptions): Topology;
  /** Windows that follow each other: start included, end not. */
  export function tumbling(options: {
      readonly size: Duration;
      readonly grace: Duration;
  }): TimeWindows;
  /** Windows that begin every `advance` and so overlap. */
  export function hopping(options: {
      readonly size: Duration;
      readonly advance: Duration;
      readonly grace: Duration;
  }): TimeWindows;
  /** For each record the time before and after it in which others lie: both ends included. */
  export function sliding(options: {
      readonly difference: Duration;
      readonly grace: Duration;
  }): SlidingWindows;
  /** Stretches of records of one key that are at most `gap` apart. */
  export function session(options: {
      readonly gap: Duration;
      readonly grace: Duration;
  }): SessionWindows;
  export {}
}

declare module 'streamctl/test' {
  import type { Duration, Topic, Topology } from 'streamctl'
  /** A record that came out. */
  export interface OutRecord<K, V> {
      readonly key: K;
      readonly value: V | null;
      readonly timestamp: number;
      readonly headers: ReadonlyMap<string, Uint8Array>;
  }
  /**
   * Runs a topology without a broker, deterministically: a record that is piped in is processed wholly, and committed, before
   * `pipe` returns. Time stands still unless it is advanced.
   */
  export class TestDriver implements AsyncDisposable {
      #private;
      private constructor();
      /** A driver with nothing in it. */
      static create(topology: Topology, options?: TestDriverOptions): Promise<TestDriver>;
      /** As `create`, without a promise: nothing in it waits. */
      static start(topology: Topology, options?: TestDriverOptions): TestDriver;
      /** Where records of a topic go in. Without a timestamp they are of now: the driver's wall clock. */
      input<K, V>(topic: Topic<K, V>): {
          pipe(key: K | null, value: V | null, timestamp?: number | string, headers?: ReadonlyMap<string, Uint8Array>): Promise<void>;
      };
      /** Pipes in one record, without a promise. */
      pipe<K, V>(topic: Topic<K, V>, record: {
          key: K | null;
          value: V | null;
          timestamp: number | string;
          headers?: ReadonlyMap<string, Uint8Array>;
      }): void;
      /** Pipes in one record as it lies in a topic: also one that its codecs refuse. */
      pipeBytes(topic: string, record: {
          key: Uint8Array | null;
          value: Uint8Array | null;
          timestamp: number;
          headers: ReadonlyMap<string, Uint8Array>;
      }): void;
      /** What the topology wrote to a topic, in order, each record read once. */
      output<K, V>(topic: Topic<K, V>): {
          read(): OutRecord<K, V> | undefined;
          readAll(): OutRecord<K, V>[];
          /** As `readAll`, only the values. */
          readValues(): (V | null)[];
          isEmpty(): boolean;
      };
      /** The content of a store. Windowed ones are keyed by `{ key, window: { start, end } }`. */
      store<K, V>(name: string): {
          get(key: K): V | null;
          all(): [K, V][];
      };
      /** Moves the wall clock on: what is due by it happens once, as if nothing had run meanwhile. */
      advanceWallClock(duration: Duration): Promise<void>;
      /** As `advanceWallClock`, without a promise. */
      advance(duration: Duration): void;
      /** The highest timestamp that the topology has seen, -1 before the first record. */
      streamTime(): number;
      /** The wall clock, milliseconds since 1970. */
      now(): number;
      /** Throws away all that is in memory, and builds it again from the changelogs: what a crash and a restart do. */
      crashAndRestore(): Promise<void>;
      [Symbol.asyncDispose](): Promise<void>;
  }
  export interface TestDriverOptions {
      /** The wall clock's first time, in milliseconds since 1970 or as ISO text. Default: 1970. */
      readonly startTime?: number | string;
      /** Keeps state in this file instead of in memory. */
      readonly stateFile?: string;
  }
  /**
   * Pipes the records of a fixture into a topology, in the order of the file: bytes, timestamps and headers as they were
   * captured. A fixture of one topic goes to the one topic that is given, whatever it was called; of several topics each record
   * goes to the topic of its name, and those that are not given are left out. Answers how many records went in.
   *
   * @param file as text: relative to the script that calls this
   */
  export function replay(driver: TestDriver, topics: AnyTopic | readonly AnyTopic[], file: string | URL): Promise<number>;
  /** A topic of which it does not matter what it holds. */
  type AnyTopic = Pick<Topic<unknown, unknown>, 'name'>;
  interface TestContext {
    readonly name: string
    diagnostic(message: string): void
    skip(message?: string): void
    todo(message?: string): void
  }
  interface TestOptions {
    readonly only?: boolean
    readonly skip?: boolean | string
    readonly todo?: boolean | string
    /** Milliseconds. */
    readonly timeout?: number
  }
  type TestBody = (context: TestContext) => void | Promise<void>
  interface TestFunction {
    (name: string, body?: TestBody): Promise<void>
    (name: string, options: TestOptions, body?: TestBody): Promise<void>
  }
  /** Node's own test runner, `node:test`. */
  export const test: TestFunction & { readonly skip: TestFunction; readonly todo: TestFunction; readonly only: TestFunction }
  export const it: typeof test
  export function describe(name: string, body: () => void | Promise<void>): Promise<void>
  export function before(action: () => void | Promise<void>): void
  export function after(action: () => void | Promise<void>): void
  export function beforeEach(action: () => void | Promise<void>): void
  export function afterEach(action: () => void | Promise<void>): void
  interface Assert {
    (value: unknown, message?: string | Error): asserts value
    ok(value: unknown, message?: string | Error): asserts value
    equal<T>(actual: unknown, expected: T, message?: string | Error): asserts actual is T
    notEqual(actual: unknown, expected: unknown, message?: string | Error): void
    deepEqual<T>(actual: unknown, expected: T, message?: string | Error): asserts actual is T
    notDeepEqual(actual: unknown, expected: unknown, message?: string | Error): void
    match(text: string, pattern: RegExp, message?: string | Error): void
    throws(action: () => unknown, expected?: RegExp | object | (new (...given: never[]) => Error), message?: string): void
    rejects(
      action: Promise<unknown> | (() => Promise<unknown>),
      expected?: RegExp | object | (new (...given: never[]) => Error),
      message?: string,
    ): Promise<void>
    fail(message?: string | Error): never
  }
  /** Node's own assertions, `node:assert/strict`. */
  export const assert: Assert
  export {}
}
