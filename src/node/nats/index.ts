export { type NatsPlace, parseNatsUrl } from './NatsPlace.ts'
export { NatsPublisher, NatsPublisherError } from './NatsPublisher.ts'
export { NatsSource } from './NatsSource.ts'
