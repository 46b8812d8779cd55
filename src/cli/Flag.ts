/** An option: its value's name in the help text (none for a switch), its meaning, and how it is taken into options that have a T. */
export type Flag<T> = {
  name: string
  /** One letter. */
  short?: string
  value?: string
  help: string
  take(options: T, text: string): string | undefined
}
