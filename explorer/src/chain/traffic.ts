/** Characters that came since this was asked last: how much the stream costs. */
let characters = 0

export function noteReceived(count: number): void {
  characters += count
}

export function takeReceived(): number {
  const taken = characters
  characters = 0
  return taken
}
