import type { Tell } from '../events/index.ts'
import type { OutletNews } from './Outlets.ts'

/** Into the log of events. */
export function tellOutlet(tell: Tell, { event, ...fields }: OutletNews): void {
  tell(event, fields)
}
