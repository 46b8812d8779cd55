/** The next of a stream, which goes on. */
export async function take(entries: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = []
  for await (const entry of entries) if (taken.push(entry) === count) break
  return taken.map((entry) => new Uint8Array(entry))
}
