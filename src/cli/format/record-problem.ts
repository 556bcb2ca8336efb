/** A record that cannot be printed or judged as it was asked for: who knows where the record stands says so and goes on or stops. */
export class RecordProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RecordProblem'
  }
}
