/** The first line of an error's message, without the dot at its end: for a sentence that goes on. */
export function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0]!.replace(/\.$/, '')
}
