import { OperatorError } from '../../base/errors.ts'
import { TopologyBuilder } from './builder.ts'
import { describeTopology } from './describe.ts'
import { TopologyGraph } from './graph.ts'
import { drawTopology } from './picture.ts'
import type { TopologyPlan } from './topology.ts'

export interface ApplicationOptions {
  /** Whether each record counts exactly once, also after a crash, or at least once. */
  readonly processing?: 'exactly-once' | 'at-least-once'
  /** How many other instances keep a copy of each task's state. */
  readonly standbys?: number
  /** What happens to a record with which the script throws. */
  readonly onError?: 'fail' | { readonly deadLetter: string }
  /** Kafka Streams' optimizations of the topology: a stream joined with itself needs one store instead of two. */
  readonly optimize?: boolean
}

/** A script's topology under its name. */
export class Application {
  readonly name: string
  readonly plan: TopologyPlan
  readonly options: ApplicationOptions

  constructor(name: string, plan: TopologyPlan, options: ApplicationOptions) {
    this.name = name
    this.plan = plan
    this.options = options
  }

  /** The topology in Kafka's own text form. */
  describe(): string {
    return describeTopology(this.plan)
  }

  /** The topology as a picture of lines and boxes for a terminal. */
  picture(): string {
    return drawTopology(this.plan)
  }
}

/** Builds a topology. Names are those of consumer groups and topics: the application's topics begin with them. */
export function application(
  name: string,
  build: (builder: TopologyBuilder) => void,
  options: ApplicationOptions = {},
): Application {
  if (!/^[a-zA-Z0-9._-]{1,200}$/.test(name)) {
    throw new OperatorError(`${JSON.stringify(name)} cannot be the name of an application`, {
      hint: 'use 1 to 200 letters, digits, dots, underscores and hyphens: its topics begin with it',
    })
  }
  const graph = new TopologyGraph({ optimize: options.optimize ?? false })
  build(new TopologyBuilder(graph))
  return new Application(name, graph.finish(), options)
}
