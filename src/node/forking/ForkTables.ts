type ForkTable<Value> = {
  get(key: Uint8Array): Value | undefined
  putSync(key: Uint8Array, value: Value): unknown
}

/** Where a ForkCache keeps its values. */
export type ForkTables = {
  readonly state: ForkTable<Uint8Array>
  /** Of requests, as JSON text. */
  readonly answers: ForkTable<string>
  /** Whether another answer is kept. */
  readonly hasRoom: boolean
  close(): Promise<void>
}
