/** Waits for all of `promises`, but no longer than `limitMs`. */
export async function within(limitMs: number, promises: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([Promise.all(promises), limit])
  clearTimeout(timer)
}
