/** Which logs: any of `addresses`, and at each position any of the topics; an empty list means all. */
export type LogQuery = { addresses: readonly Uint8Array[]; topics: readonly (readonly Uint8Array[])[] }
