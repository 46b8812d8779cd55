// the engine kernel is not compiled yet: an empty module
/** @public */
export const wasmBase64: string =
  'AGFzbQEAAAA='
