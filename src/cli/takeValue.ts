/** A whole number in decimal; gives what is wrong. */
export function takeInteger(
  text: string,
  { min, max }: { min: number; max: number },
  set: (value: number) => void,
): string | undefined {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    return `expected a whole number from ${min} to ${max}.`
  set(value)
  return undefined
}

/** One of some words; gives what is wrong. */
export function takeWord<Word extends string>(
  text: string,
  words: readonly Word[],
  set: (word: Word) => void,
): string | undefined {
  const word = words.find((known) => known === text)
  if (word === undefined) return `expected one of ${words.join(', ')}.`
  set(word)
  return undefined
}

/** Most nodes of a network that are shown. */
const MEMBERS_LIMIT = 64

/** `NAME=URL`, with commas between; gives what is wrong. */
export function takeMembers(
  text: string,
  set: (members: { name: string; url: string }[]) => void,
): string | undefined {
  const members = text.split(',').map((each) => {
    const [name, url] = each.split(/=(.*)/s)
    return { name: name!.trim(), url: url ?? '' }
  })
  if (members.some(({ name, url }) => name === '' || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')))
    return 'expected names and http addresses, as in a=http://127.0.0.1:8545,b=http://127.0.0.1:8546.'
  if (members.length > MEMBERS_LIMIT) return `expected at most ${MEMBERS_LIMIT} nodes.`
  set(members)
  return undefined
}
